import type { DesiredConfiguration, LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling'
import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { referredVersion, type TemplateView } from './group-view.ts'
import { groupChanges, groupSettings, onlyChanged, withoutOverrides, type GroupSettings } from './group-settings.ts'
import { holdHook } from './hold.ts'
import { specHooks } from './spec-hooks.ts'
import { noLists, ownLists, wantedListTags } from './own-lists.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { usableTemplate } from './plan-template.ts'
import { planned } from './requests.ts'
import { readInputs, type ResolvedInputs } from './resolved-inputs.ts'
import { canRollBack, pinnedVersion } from './rollback.ts'
import { resourceTags } from './tags.ts'
import { unsetSettings } from './unset-settings.ts'

/** Creates the group, or changes its settings but the size. PURE. */
export function planGroup(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  return observed.exists ? updateGroup(desired, observed) : createGroup(desired, observed)
}

function createGroup(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const inputs = readInputs(desired.resolved)
  if (desired.template === 'leave' || inputs.imageId === undefined || !hasPlace(inputs)) return []
  const { pool } = desired
  const name = observed.group!.groupName
  const size = desired.size ?? pool.spec.minSize
  const hooks = [...(desired.hold ? [holdHook] : []), ...specHooks(pool.spec)]
  const parameters = planned('autoscaling', 'CreateAutoScalingGroup', name, {
    AutoScalingGroupName: name,
    ...requiredSizes(groupSettings(pool.spec, inputs, templateReference(desired, observed))),
    DesiredCapacity: size,
    TargetGroupARNs: pool.spec.targetGroupARNs,
    ...(hooks.length === 0 ? {} : { LifecycleHookSpecificationList: hooks }),
    Tags: Object.entries({ ...resourceTags(pool), ...wantedListTags(pool.spec, noLists, noLists) }).map(
      ([Key, Value]) => ({
        ResourceId: name,
        ResourceType: 'auto-scaling-group',
        Key,
        Value,
        // Instances and volumes have their tags from the launch template.
        PropagateAtLaunch: false,
      }),
    ),
  })
  return [{ ...actionBase(pool, 'CreateGroup', 'there is no Auto Scaling group', parameters), size }]
}

function requiredSizes(settings: GroupSettings): GroupSettings & { MinSize: number; MaxSize: number } {
  return { ...settings, MinSize: settings.MinSize ?? 0, MaxSize: settings.MaxSize ?? 0 }
}

function hasPlace({ subnetIds, availabilityZones }: ResolvedInputs): boolean {
  return subnetIds.length > 0 || availabilityZones.length > 0
}

function updateGroup(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { pool } = desired
  const live = observed.group!.group!
  const unset = unsetSettings(ownLists(live).settings, pool.spec)
  const wanted = withinSize(withoutOverrides({ ...wantedSettings(desired, observed), ...unset }, live), observed)
  const changes = groupChanges(wanted, live)
  if (changes.length === 0) return []
  const parameters = planned('autoscaling', 'UpdateAutoScalingGroup', live.AutoScalingGroupName, {
    AutoScalingGroupName: live.AutoScalingGroupName,
    ...onlyChanged(wanted, changes),
  })
  const fields = changes.map(({ field }) => field).join(', ')
  return [
    actionBase(pool, 'UpdateGroup', `${fields} ${changes.length === 1 ? 'differs' : 'differ'}`, parameters, changes),
  ]
}

/** Settings whose answer is not known stay as they are: no subnet is taken away because a look-up failed. */
function wantedSettings(desired: AwsDesired, observed: AwsObservation): GroupSettings {
  const inputs = readInputs(desired.resolved)
  const settings = groupSettings(desired.pool.spec, inputs, templateReference(desired, observed))
  if (usableTemplate(observed) !== undefined) return settings
  const { LaunchTemplate: _template, MixedInstancesPolicy: _policy, ...others } = settings
  return others
}

/**
 * AWS cuts the desired capacity down to a smaller maximum, and takes instances of its own choice undrained. So the
 * maximum follows the size down, when chosen instances have left.
 */
function withinSize(settings: GroupSettings, observed: AwsObservation): GroupSettings {
  const desired = observed.size?.desired ?? 0
  if (settings.MaxSize === undefined || settings.MaxSize >= desired) return settings
  return { ...settings, MaxSize: observed.size?.max ?? desired }
}

/** By id once it is known; `$Latest` as upstream has it, so that either side's new versions take effect (R29). */
function templateReference(desired: AwsDesired, observed: AwsObservation): LaunchTemplateSpecification {
  const template = usableTemplate(observed)
  if (template === undefined) return { LaunchTemplateName: observed.group!.templateName, Version: '$Latest' }
  const Version = canRollBack(desired) ? pinned(template, observed) : '$Latest'
  return { LaunchTemplateId: template.id, Version }
}

function pinned(template: TemplateView, observed: AwsObservation): string {
  const versions = observed.instances.flatMap(({ templateId }) => templateId?.split(':')[1] ?? [])
  const mostRun = versions.toSorted((a, b) => countOf(versions, b) - countOf(versions, a))[0]
  return pinnedVersion(template, referredVersion(observed.group?.group), mostRun)
}

function countOf(list: readonly string[], item: string): number {
  return list.filter((one) => one === item).length
}

/** What an instance refresh with rollback goes to: the group as it is wanted, with the newest version by its number. */
export function newestConfiguration(desired: AwsDesired, observed: AwsObservation): DesiredConfiguration {
  const template = usableTemplate(observed)!
  const reference = { LaunchTemplateId: template.id, Version: String(template.latestVersion) }
  const settings = groupSettings(desired.pool.spec, readInputs(desired.resolved), reference)
  return settings.MixedInstancesPolicy === undefined
    ? { LaunchTemplate: reference }
    : { MixedInstancesPolicy: settings.MixedInstancesPolicy }
}
