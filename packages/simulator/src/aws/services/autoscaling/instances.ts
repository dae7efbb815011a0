import { AwsError, validationError } from '../../error.ts'
import { page } from '../../paging.ts'
import type { Region } from '../../region.ts'
import type { CallContext } from '../../service.ts'
import { moment, startActivity, updateActivity } from './activities.ts'
import { addMember, changeGroup, changeMember, groupOf, removeMember } from './change.ts'
import { toInstance } from './groups.ts'
import { replaceUnhealthy } from './health.ts'
import type { Activity, Group, Member } from './state.ts'
import { baseSpecification, resolveTemplate } from './templates.ts'
import { isTerminating, terminateMember } from './terminating.ts'
import { invalidNextToken, needGroup, needLivingGroup, needMember } from './validate.ts'

export function describeAutoScalingInstances(
  input: { InstanceIds?: readonly string[]; MaxRecords?: number; NextToken?: string },
  { region }: CallContext,
) {
  const { InstanceIds: ids, MaxRecords: size = 50 } = input
  if (size < 1 || size > 50) throw validationError(`The number of records must be between 1 and 50, is ${size}`)
  if (ids && ids.length > 50) throw validationError(`The number of instance ids must not exceed 50, is ${ids.length}`)
  const members = region.autoscaling.groups
    .readAll()
    .flatMap((group) => group.members.map((member) => ({ group, member })))
    .filter(({ member }) => !ids?.length || ids.includes(member.id))
  const { items, nextToken } = page(members, input.NextToken, size, invalidNextToken())
  return {
    AutoScalingInstances: items.map(({ group, member }) => ({
      AutoScalingGroupName: group.name,
      ...toInstance(member),
      HealthStatus: member.health.toUpperCase(),
    })),
    NextToken: nextToken,
  }
}

export function terminateInstanceInAutoScalingGroup(
  input: { InstanceId: string; ShouldDecrementDesiredCapacity: boolean },
  { region }: CallContext,
) {
  const id = input.InstanceId
  const group = groupOf(region, id)
  if (!group) throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`)
  const member = needMember(group, id)
  if (isTerminating(member)) {
    throw new AwsError(
      'ScalingActivityInProgress',
      `Scaling activity ${member.activity} is in progress and blocks this action`,
    )
  }
  const decrement = input.ShouldDecrementDesiredCapacity
  if (decrement && group.desired - member.weight < group.min) {
    throw validationError(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    )
  }
  const shrinks = decrement ? `, shrinking the capacity from ${group.desired} to ${group.desired - member.weight}` : ''
  const current = decrement
    ? changeGroup(region, group.name, (before) => ({ ...before, desired: before.desired - member.weight }))!
    : group
  const cause = `At ${moment(region)} instance ${id} was taken out of service in response to a user request${shrinks}.`
  const activity = terminateMember(region, current, id, cause)
  region.autoscaling.wake(group.name)
  return { Activity: toActivity(region.autoscaling.activities.get(activity!)!) }
}

export function describeScalingActivities(
  input: {
    AutoScalingGroupName?: string
    ActivityIds?: readonly string[]
    IncludeDeletedGroups?: boolean
    MaxRecords?: number
    NextToken?: string
  },
  { region }: CallContext,
) {
  const { AutoScalingGroupName: name, ActivityIds: ids, MaxRecords: size = 100 } = input
  if (name !== undefined && !input.IncludeDeletedGroups) needGroup(region, name)
  const activities = region.autoscaling.activities
    .readAll()
    .filter(({ group }) => name === undefined || group === name)
    .filter(({ id }) => !ids?.length || ids.includes(id))
    // Newest first; those of one moment as they came.
    .toReversed()
    .toSorted((a, b) => b.started - a.started)
  const { items, nextToken } = page(activities, input.NextToken, Math.min(size, 100), invalidNextToken())
  return { Activities: items.map(toActivity), NextToken: nextToken }
}

function toActivity(activity: Activity) {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.group,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: activity.started,
    EndTime: activity.ended,
    StatusCode: activity.status,
    StatusMessage: activity.message,
    Progress: activity.progress,
    Details: activity.details,
    AutoScalingGroupARN: activity.groupArn,
  }
}

export function setInstanceProtection(
  input: { AutoScalingGroupName: string; InstanceIds: readonly string[]; ProtectedFromScaleIn: boolean },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  for (const id of input.InstanceIds) {
    const { state } = needMember(group, id)
    if (!['InService', 'EnteringStandby', 'Standby'].includes(state) && !state.startsWith('Pending')) {
      throw validationError(`The instance ${id} is not in InService or EnteringStandby or Standby.`)
    }
  }
  for (const id of input.InstanceIds) changeMember(region, group.name, id, { protected: input.ProtectedFromScaleIn })
  return {}
}

export function setInstanceHealth(
  input: { InstanceId: string; HealthStatus: string; ShouldRespectGracePeriod?: boolean },
  { region }: CallContext,
) {
  const { InstanceId: id, HealthStatus: health } = input
  const group = groupOf(region, id)
  if (!group) throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`)
  if (health !== 'Healthy' && health !== 'Unhealthy')
    throw validationError(`HealthStatus must be Healthy or Unhealthy, is ${health}`)
  const { inService } = needMember(group, id)
  const graceEnds = (inService ?? region.clock.now()) + group.settings.HealthCheckGracePeriod * 1000
  if (health === 'Unhealthy' && input.ShouldRespectGracePeriod !== false && region.clock.now() < graceEnds) return {}
  changeMember(region, group.name, id, { health })
  if (health === 'Unhealthy') {
    region.clock.after(region.timings.reaction, () => replaceUnhealthy(region, group.name, id, 'a user health-check'))
  }
  return {}
}

export function enterStandby(
  input: { AutoScalingGroupName: string; InstanceIds?: readonly string[]; ShouldDecrementDesiredCapacity: boolean },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const members = (input.InstanceIds ?? []).map((id) => needMember(group, id))
  const decrement = input.ShouldDecrementDesiredCapacity
  checkInService(members)
  checkDecrement(group, members, decrement)
  const activities = members.map((member) => {
    changeMember(region, group.name, member.id, { state: 'Standby' })
    return recordMove(
      region,
      group,
      `Moving EC2 instance to Standby: ${member.id}`,
      `instance ${member.id} was moved to standby in response to a user request`,
    )
  })
  if (decrement) reduceDesired(region, group.name, members)
  region.autoscaling.wake(group.name)
  return { Activities: activities }
}

export function exitStandby(
  input: { AutoScalingGroupName: string; InstanceIds?: readonly string[] },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const members = (input.InstanceIds ?? []).map((id) => needMember(group, id))
  for (const { id, state } of members) {
    if (state !== 'Standby') throw validationError(`The instance ${id} is not in Standby.`)
  }
  if (group.desired + members.length > group.max) {
    throw validationError(`Group's desired capacity would exceed its max size ${group.max}`)
  }
  const activities = members.map((member) => {
    changeMember(region, group.name, member.id, { state: 'InService', inService: region.clock.now() })
    return recordMove(
      region,
      group,
      `Moving EC2 instance out of Standby: ${member.id}`,
      `instance ${member.id} was moved out of standby in response to a user request`,
    )
  })
  changeGroup(region, group.name, (before) => ({ ...before, desired: before.desired + members.length }))
  region.autoscaling.wake(group.name)
  return { Activities: activities }
}

export function detachInstances(
  input: { AutoScalingGroupName: string; InstanceIds?: readonly string[]; ShouldDecrementDesiredCapacity: boolean },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const members = (input.InstanceIds ?? []).map((id) => needMember(group, id))
  const decrement = input.ShouldDecrementDesiredCapacity
  checkDecrement(group, members, decrement)
  const activities = members.map((member) => {
    removeMember(region, group.name, member.id)
    return recordMove(
      region,
      group,
      `Detaching EC2 instance: ${member.id}`,
      `instance ${member.id} was detached in response to a user request`,
    )
  })
  if (decrement) reduceDesired(region, group.name, members)
  region.autoscaling.wake(group.name)
  return { Activities: activities }
}

export function attachInstances(
  input: { AutoScalingGroupName: string; InstanceIds?: readonly string[] },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const ids = input.InstanceIds ?? []
  if (group.desired + ids.length > group.max) {
    throw validationError(`Group's desired capacity would exceed its max size ${group.max}`)
  }
  const members = ids.map((id) => attached(region, group, id))
  for (const member of members) addMember(region, group.name, member)
  changeGroup(region, group.name, (before) => ({ ...before, desired: before.desired + ids.length }))
  return {}
}

function attached(region: Region, group: Group, id: string): Member {
  const instance = region.ec2.instances.get(id)
  if (!instance) throw validationError(`Invalid Instance ID(s): [${id}]`)
  if (instance.state !== 'running')
    throw validationError(`Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`)
  if (groupOf(region, id)) throw validationError(`Instance ${id} is already part of an Auto Scaling group`)
  const { template, version } = resolveTemplate(region, baseSpecification(group.source)!)
  return {
    id,
    type: instance.type,
    zone: instance.zone,
    spot: instance.spot,
    state: 'InService',
    health: 'Healthy',
    template: { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: String(version.number) },
    imageId: instance.imageId,
    protected: group.settings.NewInstancesProtectedFromScaleIn,
    weight: 1,
    weighted: false,
    joined: region.clock.now(),
    inService: region.clock.now(),
    surplus: false,
  }
}

function checkInService(members: readonly Member[]) {
  for (const { id, state } of members) {
    if (state !== 'InService') throw validationError(`The instance ${id} is not in InService.`)
  }
}

function checkDecrement(group: Group, members: readonly Member[], decrement: boolean) {
  const weight = members.reduce((sum, member) => sum + member.weight, 0)
  if (decrement && group.desired - weight < group.min) {
    throw validationError(
      `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To place into standby ${members.length} instance(s), please update the AutoScalingGroup sizes appropriately.`,
    )
  }
}

function reduceDesired(region: Region, name: string, members: readonly Member[]) {
  const weight = members.reduce((sum, member) => sum + member.weight, 0)
  changeGroup(region, name, (before) => ({ ...before, desired: before.desired - weight }))
}

function recordMove(region: Region, group: Group, description: string, cause: string) {
  const id = startActivity(region, group, { description, cause: `At ${moment(region)} ${cause}.` })
  updateActivity(region, id, 'Successful')
  return toActivity(region.autoscaling.activities.get(id)!)
}
