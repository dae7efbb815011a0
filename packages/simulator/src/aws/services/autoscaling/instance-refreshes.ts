import { AwsError, validationError } from '../../error.ts'
import { page } from '../../paging.ts'
import type { Region } from '../../region.ts'
import type { CallContext } from '../../service.ts'
import { percentage, rollBack, toReplace } from './refresh.ts'
import { activeRefresh } from './refresh-state.ts'
import type {
  Group,
  LaunchSource,
  MixedInstancesPolicy,
  Refresh,
  RefreshPreferences,
  TemplateSpecification,
} from './state.ts'
import { baseSpecification, completeSource, tryLaunch } from './templates.ts'
import { checkSource, invalidNextToken, needGroup, needLivingGroup } from './validate.ts'

interface DesiredConfiguration {
  readonly LaunchTemplate?: TemplateSpecification
  readonly MixedInstancesPolicy?: MixedInstancesPolicy
}

export function startInstanceRefresh(
  input: {
    AutoScalingGroupName: string
    Strategy?: string
    DesiredConfiguration?: DesiredConfiguration
    Preferences?: RefreshPreferences
  },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const { Preferences: preferences = {}, DesiredConfiguration: configuration } = input
  if (group.suspended.includes('InstanceRefresh')) {
    throw validationError('Cannot start an Instance Refresh: the InstanceRefresh process is suspended.')
  }
  if (activeRefresh(region, group.name)) {
    throw new AwsError(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    )
  }
  checkPreferences(preferences)
  const desired = configuration && checkDesired(region, group, configuration)
  if (preferences.AutoRollback) checkRollbackPossible(desired, group)
  const pending = toReplace(region, group, desired ?? group.source, preferences)
  const id = region.ids.uuid()
  const now = region.clock.now()
  region.autoscaling.refreshes.put(id, {
    id,
    group: group.name,
    status: 'Pending',
    started: now,
    preferences,
    ...(desired && { desired }),
    previous: group.source,
    pending,
    total: pending.length,
    left: pending.length,
    progressed: now,
    checkpointsPassed: 0,
  })
  region.autoscaling.wake(group.name)
  return { InstanceRefreshId: id }
}

function checkPreferences({
  MinHealthyPercentage: min,
  MaxHealthyPercentage: max,
  CheckpointPercentages: checkpoints,
}: RefreshPreferences) {
  if (max !== undefined && min === undefined) {
    throw validationError('MinHealthyPercentage must be specified when MaxHealthyPercentage is specified.')
  }
  if (max !== undefined && max - min! > 100) {
    throw validationError(
      'The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.',
    )
  }
  const rising = (checkpoints ?? []).every((percent, index, all) => percent > (all[index - 1] ?? 0) && percent <= 100)
  if (!rising) throw validationError('CheckpointPercentages must be unique and in ascending order, from 1 to 100')
}

function checkDesired(
  region: Region,
  group: Group,
  { LaunchTemplate: template, MixedInstancesPolicy: mixed }: DesiredConfiguration,
): LaunchSource {
  const source = checkSource(template, mixed)
  tryLaunch(region, { ...group, source })
  return completeSource(region, source)
}

/** A rollback has to know what to go back to: a fixed version of a launch template. */
function checkRollbackPossible(desired: LaunchSource | undefined, group: Group) {
  if (!desired) throw validationError('AutoRollback requires a desired configuration to be specified.')
  for (const source of [desired, group.source]) {
    const version = baseSpecification(source)?.Version ?? '$Default'
    if (version.startsWith('$')) {
      throw validationError('AutoRollback cannot be used with a launch template version of $Latest or $Default.')
    }
  }
}

export function cancelInstanceRefresh(
  input: { AutoScalingGroupName: string; WaitForTransitioningInstances?: boolean },
  { region }: CallContext,
) {
  const refresh = needActive(region, input.AutoScalingGroupName)
  region.autoscaling.refreshes.put(refresh.id, {
    ...refresh,
    status: 'Cancelling',
    reason: 'Cancelled due to user request.',
  })
  region.autoscaling.wake(refresh.group)
  return { InstanceRefreshId: refresh.id }
}

export function rollbackInstanceRefresh(input: { AutoScalingGroupName: string }, { region }: CallContext) {
  const refresh = needActive(region, input.AutoScalingGroupName)
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const previous = baseSpecification(refresh.previous)?.Version ?? '$Default'
  if (!refresh.desired || previous.startsWith('$')) {
    throw new AwsError(
      'IrreversibleInstanceRefresh',
      'The instance refresh cannot be rolled back: it has no desired configuration, or the group uses $Latest or $Default.',
    )
  }
  rollBack(region, group, refresh, 'Rollback was requested by the user.')
  return { InstanceRefreshId: refresh.id }
}

function needActive(region: Region, name: string): Refresh {
  needGroup(region, name)
  const refresh = activeRefresh(region, name)
  if (!refresh || refresh.status === 'Cancelling') {
    throw new AwsError(
      'ActiveInstanceRefreshNotFound',
      `No in progress or pending Instance Refresh found for Auto Scaling group ${name}`,
    )
  }
  return refresh
}

export function describeInstanceRefreshes(
  input: {
    AutoScalingGroupName: string
    InstanceRefreshIds?: readonly string[]
    MaxRecords?: number
    NextToken?: string
  },
  { region }: CallContext,
) {
  needGroup(region, input.AutoScalingGroupName)
  const { InstanceRefreshIds: ids, MaxRecords: size = 50 } = input
  const refreshes = region.autoscaling.refreshes
    .readAll()
    .filter(({ group, id }) => group === input.AutoScalingGroupName && (!ids?.length || ids.includes(id)))
    .toReversed()
    .toSorted((a, b) => b.started - a.started)
  const { items, nextToken } = page(refreshes, input.NextToken, Math.min(size, 100), invalidNextToken())
  return { InstanceRefreshes: items.map(toRefresh), NextToken: nextToken }
}

function toRefresh(refresh: Refresh) {
  const { desired, rollback } = refresh
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: refresh.group,
    Status: refresh.status,
    StatusReason: refresh.reason,
    StartTime: refresh.started,
    EndTime: refresh.ended,
    PercentageComplete: refresh.status === 'Pending' ? undefined : percentage(refresh),
    InstancesToUpdate: refresh.left,
    Preferences: { SkipMatching: false, AutoRollback: false, ...refresh.preferences },
    DesiredConfiguration: desired && { LaunchTemplate: desired.template, MixedInstancesPolicy: desired.mixed },
    RollbackDetails: rollback && {
      RollbackReason: rollback.reason,
      RollbackStartTime: rollback.started,
      PercentageCompleteOnRollback: rollback.percentage,
      InstancesToUpdateOnRollback: rollback.left,
    },
    Strategy: 'Rolling',
  }
}
