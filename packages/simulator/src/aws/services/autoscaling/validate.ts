import { AwsError, validationError } from '../../error.ts'
import type { Region } from '../../region.ts'
import type { Group, GroupTag, LaunchSource, Member, MixedInstancesPolicy, TemplateSpecification } from './state.ts'

export function needGroup(region: Region, name: string): Group {
  const group = region.autoscaling.groups.get(name)
  if (!group) throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`)
  return group
}

/** A group that may be changed: one that is being deleted may not. */
export function needLivingGroup(region: Region, name: string): Group {
  const group = needGroup(region, name)
  if (group.deleting) {
    throw new AwsError(
      'ScalingActivityInProgress',
      `You cannot update AutoScalingGroup ${name} as it is currently being deleted.`,
    )
  }
  return group
}

export function needMember(group: Group, id: string): Member {
  const member = group.members.find((candidate) => candidate.id === id)
  if (!member) throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`)
  return member
}

export function checkSizes(min: number, max: number, desired: number) {
  if (min < 0 || max < 0 || desired < 0) throw validationError('Min, max and desired capacity must not be negative')
  if (min > max) throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`)
  if (desired < min || desired > max) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    )
  }
}

/** A source from a request: exactly one of a template and a policy, each naming its template in exactly one way. */
export function checkSource(
  template: TemplateSpecification | undefined,
  mixed: MixedInstancesPolicy | undefined,
): LaunchSource {
  if ((template === undefined) === (mixed === undefined)) {
    throw validationError(
      'Valid requests must contain either launchTemplate, launchConfigurationName, instanceId or mixedInstancesPolicy parameter.',
    )
  }
  const specification = template ?? mixed?.LaunchTemplate?.LaunchTemplateSpecification
  if (!specification) throw validationError('You must specify a launch template in a mixed instances policy.')
  checkSpecification(specification)
  return template ? { template } : { mixed: mixed! }
}

function checkSpecification({ LaunchTemplateId: id, LaunchTemplateName: name }: TemplateSpecification) {
  if ((id === undefined) === (name === undefined)) {
    throw validationError('Valid requests must contain either launchTemplateId or LaunchTemplateName')
  }
}

export interface Placement {
  readonly subnets: readonly string[]
  readonly zones: readonly string[]
}

/** Subnets and zones a group spreads over, from what a request says. */
export function checkPlacement(
  region: Region,
  vpcZones: string | undefined,
  zones: readonly string[] | undefined,
): Placement {
  const ids = (vpcZones ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
  if (ids.length === 0 && !zones?.length) {
    throw validationError('At least one Availability Zone or VPC Subnet is required.')
  }
  const subnets = ids.map((id) => {
    const subnet = region.ec2.subnets.get(id)
    if (!subnet) throw validationError(`The subnet ID '${id}' does not exist`)
    return subnet
  })
  if (new Set(subnets.map(({ vpcId }) => vpcId)).size > 1) {
    throw validationError('The subnets of an Auto Scaling group must belong to one VPC')
  }
  if (subnets.length > 0) {
    const found = [...new Set(subnets.map(({ zone }) => zone))]
    if (zones?.length && zones.some((zone) => !found.includes(zone))) {
      throw validationError('The availability zones of the specified subnets and the Auto Scaling group do not match')
    }
    return { subnets: ids, zones: found }
  }
  // Without subnets the default ones of the zones are used.
  const defaults = zones!.map((zone) => {
    const subnet = region.ec2.subnets.values().find((candidate) => candidate.zone === zone)
    if (!subnet) throw validationError(`Invalid availability zone: [${zone}]`)
    return subnet.id
  })
  return { subnets: defaults, zones: zones! }
}

export interface RequestTag {
  readonly Key: string
  readonly Value?: string
  readonly PropagateAtLaunch?: boolean
  readonly ResourceId?: string
  readonly ResourceType?: string
}

const tagLimit = 50

export function mergeTags(tags: readonly GroupTag[], added: readonly RequestTag[]): GroupTag[] {
  for (const { Key } of added) {
    if (Key.startsWith('aws:')) throw validationError(`Tag keys that start with 'aws:' are reserved: ${Key}`)
  }
  const byKey = new Map(tags.map((tag) => [tag.Key, tag]))
  for (const { Key, Value = '', PropagateAtLaunch = false } of added) byKey.set(Key, { Key, Value, PropagateAtLaunch })
  if (byKey.size > tagLimit)
    throw new AwsError('LimitExceeded', `You have exceeded the tag limit of ${tagLimit} for the group`)
  return [...byKey.values()].toSorted((a, b) => (a.Key < b.Key ? -1 : 1))
}

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html */
export const processes = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
]

export const terminationPolicies = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
]

export function checkProcesses(names: readonly string[] | undefined): readonly string[] {
  for (const name of names ?? []) {
    if (!processes.includes(name))
      throw validationError(`Invalid process name: ${name}. Valid: [${processes.join(', ')}]`)
  }
  return names?.length ? names : processes
}

export function invalidNextToken() {
  return new AwsError('InvalidNextToken', 'The NextToken value is not valid.')
}
