import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { specHooks } from './spec-hooks.ts'
import { suspendedProcesses } from './suspended-processes.ts'
import { tagMap, type Tags } from './tags.ts'

/**
 * Some settings of a group are lists to which others add too: suspended processes, lifecycle hooks. Tags of the group
 * name the entries that came from the spec, so that an entry that leaves the spec is taken away and others stay.
 */
const suspendedTag = 'machinepool/suspended-processes'
const hooksTag = 'machinepool/lifecycle-hooks'
const warmPoolTag = 'machinepool/warm-pool'
export const ownListTags: readonly string[] = [suspendedTag, hooksTag, warmPoolTag]

/** AWS's limit for the value of a tag. A list that is longer is kept up, but entries that leave the spec stay. */
const maximumLength = 256

export interface OwnLists {
  readonly suspended: ReadonlySet<string>
  readonly hooks: ReadonlySet<string>
  readonly warmPool: boolean
}

/** What is in the group because of us. */
export function ownLists(group: AutoScalingGroup): OwnLists {
  const tags = tagMap(group.Tags)
  return { suspended: parse(tags[suspendedTag]), hooks: parse(tags[hooksTag]), warmPool: warmPoolTag in tags }
}

/**
 * The tags for what is wanted and what is still to be taken away. Written before the lists themselves are, so that
 * nothing of ours is ever without its tag.
 */
export function wantedListTags(spec: AWSMachinePoolSpec, live: OwnLists & { readonly own: OwnLists }): Tags {
  const suspended = union(suspendedProcesses(spec).suspended, intersection(live.own.suspended, live.suspended))
  const names = specHooks(spec).map(({ LifecycleHookName }) => LifecycleHookName)
  const hooks = union(new Set(names), intersection(live.own.hooks, live.hooks))
  const warmPool = spec.warmPool !== undefined || (live.own.warmPool && live.warmPool)
  return {
    ...entry(suspendedTag, suspended),
    ...entry(hooksTag, hooks),
    ...entry(warmPoolTag, warmPool ? ['true'] : []),
  }
}

function entry(key: string, items: readonly string[]): Tags {
  const value = items.toSorted().join(' ')
  return value === '' || value.length > maximumLength ? {} : { [key]: value }
}

function parse(value: string | undefined): ReadonlySet<string> {
  return new Set((value ?? '').split(' ').filter((item) => item !== ''))
}

function union(a: ReadonlySet<string>, b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])]
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...a].filter((item) => b.has(item))
}
