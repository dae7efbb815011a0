import type { AutoScalingGroup, LifecycleHook } from '@aws-sdk/client-auto-scaling'
import { canonicalHash } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { specHooks } from './spec-hooks.ts'
import { suspendedProcesses } from './suspended-processes.ts'
import { tagMap, type Tags } from './tags.ts'
import { changedSettings, namedSettings } from './unset-settings.ts'

/**
 * Others set things of a group too: suspended processes, lifecycle hooks, target groups, settings that the spec leaves
 * open. Tags of the group name what came from the spec, so that what leaves the spec is taken away and the rest stays.
 */
const suspendedTag = 'machinepool/suspended-processes'
const hooksTag = 'machinepool/lifecycle-hooks'
const warmPoolTag = 'machinepool/warm-pool'
const targetGroupsTag = 'machinepool/target-groups'
const settingsTag = 'machinepool/settings'
export const ownListTags: readonly string[] = [suspendedTag, hooksTag, warmPoolTag, targetGroupsTag, settingsTag]

/** AWS's limit for the value of a tag. A list that is longer is kept up, but entries that leave the spec stay. */
const maximumLength = 256

export interface OwnLists {
  readonly suspended: ReadonlySet<string>
  readonly hooks: ReadonlySet<string>
  readonly warmPool: boolean
  /** `targetGroupMark` of each. */
  readonly targetGroups: ReadonlySet<string>
  /** Names of optional settings. */
  readonly settings: ReadonlySet<string>
}

export const noLists: OwnLists = {
  suspended: new Set(),
  hooks: new Set(),
  warmPool: false,
  targetGroups: new Set(),
  settings: new Set(),
}

/** An ARN is longer than a tag's value has room for. */
export function targetGroupMark(arn: string): string {
  return canonicalHash(arn).slice(0, 8)
}

/** What is in the group because of us. */
export function ownLists(group: AutoScalingGroup): OwnLists {
  const tags = tagMap(group.Tags)
  return {
    suspended: parse(tags[suspendedTag]),
    hooks: parse(tags[hooksTag]),
    warmPool: warmPoolTag in tags,
    targetGroups: parse(tags[targetGroupsTag]),
    settings: parse(tags[settingsTag]),
  }
}

/** What the group has of each, whoever put it there. */
export function liveLists(group: AutoScalingGroup, hooks: readonly LifecycleHook[]): OwnLists {
  return {
    suspended: new Set((group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? '')),
    hooks: new Set(hooks.map(({ LifecycleHookName }) => LifecycleHookName ?? '')),
    warmPool: group.WarmPoolConfiguration !== undefined,
    targetGroups: new Set((group.TargetGroupARNs ?? []).map(targetGroupMark)),
    settings: changedSettings(group),
  }
}

/**
 * The tags for what is wanted and what is still to be taken away. Written before the lists themselves are, so that
 * nothing of ours is ever without its tag.
 */
export function wantedListTags(spec: AWSMachinePoolSpec, own: OwnLists, live: OwnLists): Tags {
  const names = new Set(specHooks(spec).map(({ LifecycleHookName }) => LifecycleHookName))
  const targetGroups = new Set((spec.targetGroupARNs ?? []).map(targetGroupMark))
  const warmPool = spec.warmPool !== undefined || (own.warmPool && live.warmPool)
  return {
    ...entry(suspendedTag, union(suspendedProcesses(spec).suspended, intersection(own.suspended, live.suspended))),
    ...entry(hooksTag, union(names, intersection(own.hooks, live.hooks))),
    ...entry(warmPoolTag, warmPool ? ['true'] : []),
    ...entry(targetGroupsTag, union(targetGroups, intersection(own.targetGroups, live.targetGroups))),
    ...entry(settingsTag, union(namedSettings(spec), intersection(own.settings, live.settings))),
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
