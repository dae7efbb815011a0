import type { AutoScalingGroup, LifecycleHook } from '@aws-sdk/client-auto-scaling'
import type { Action, JsonObject } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { TemplateView } from './group-view.ts'
import { templateTags } from './ignition-objects.ts'
import { liveLists, ownLists, ownListTags, wantedListTags } from './own-lists.ts'
import { usableTemplate } from './plan-template.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'
import { resourceTags, tagMap, type Tags } from './tags.ts'

/** Tags of the group and of the launch template. Tags of others stay (R2). PURE. */
export function planTags(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const former = formerTags(observed)
  const { group, hooks } = observed.group ?? { hooks: [] }
  const template = usableTemplate(observed)
  return [
    ...(group === undefined ? [] : groupTags(desired, group, hooks, former)),
    ...(template === undefined
      ? []
      : tagActions(desired, template.id, templateCalls(template), templateTags(desired.pool), former, template.tags)),
  ]
}

function groupTags(
  desired: AwsDesired,
  group: AutoScalingGroup,
  hooks: readonly LifecycleHook[],
  former: Tags,
): readonly Action[] {
  const { pool } = desired
  const name = group.AutoScalingGroupName ?? ''
  const live = tagMap(group.Tags)
  const lists = wantedListTags(pool.spec, ownLists(group), liveLists(group, hooks))
  const formerLists = Object.fromEntries(ownListTags.filter((key) => key in live).map((key) => [key, live[key]!]))
  const wanted = { ...resourceTags(pool), ...lists }
  return tagActions(desired, name, groupCalls(name), wanted, { ...former, ...formerLists }, live)
}

/**
 * Tags that earlier versions of our template gave to instances: the user's tags of then. One that is on the group with
 * the same value and is no longer wanted was put there by us.
 */
function formerTags(observed: AwsObservation): Tags {
  const versions = usableTemplate(observed)?.versions.filter(({ marks }) => marks !== undefined) ?? []
  const tags = versions
    .flatMap(({ data }) => data.TagSpecifications ?? [])
    .filter(({ ResourceType }) => ResourceType === 'instance')
    .flatMap(({ Tags }) => Tags ?? [])
  return tagMap(tags)
}

/** How one kind of resource is tagged. */
interface TagCalls {
  readonly set: (tags: Tags) => JsonObject
  readonly remove: (keys: readonly string[]) => JsonObject
}

function groupCalls(name: string): TagCalls {
  const resource = { ResourceId: name, ResourceType: 'auto-scaling-group' }
  return {
    set: (tags) =>
      planned('autoscaling', 'CreateOrUpdateTags', name, {
        Tags: Object.entries(tags).map(([Key, Value]) => ({ ...resource, Key, Value, PropagateAtLaunch: false })),
      }),
    remove: (keys) => planned('autoscaling', 'DeleteTags', name, { Tags: keys.map((Key) => ({ ...resource, Key })) }),
  }
}

function templateCalls({ id, name }: TemplateView): TagCalls {
  return {
    set: (tags) =>
      planned('ec2', 'CreateTags', name, {
        Resources: [id],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    remove: (keys) => planned('ec2', 'DeleteTags', name, { Resources: [id], Tags: keys.map((Key) => ({ Key })) }),
  }
}

function tagActions(
  { pool }: AwsDesired,
  resource: string,
  calls: TagCalls,
  wanted: Tags,
  former: Tags,
  live: Tags,
): readonly Action[] {
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => live[key] !== value))
  const remove = Object.keys(former).filter((key) => !(key in wanted) && live[key] === former[key])
  const actions: Action[] = []
  if (Object.keys(set).length > 0) {
    actions.push({ ...actionBase(pool, 'Tag', 'tags differ', calls.set(set)), resource, set, remove: [] })
  }
  if (remove.length > 0) {
    actions.push({
      ...actionBase(pool, 'Tag', 'tags were taken out of the spec', calls.remove(remove)),
      resource,
      set: {},
      remove,
    })
  }
  return actions
}
