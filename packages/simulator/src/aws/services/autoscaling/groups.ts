import { AwsError, validationError } from '../../error.ts'
import { matchesFilters, type Filter } from '../../filters.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import { terminateInstance } from '../ec2/instances.ts'
import { zoneId } from '../ec2/describe-network.ts'
import { moment } from './activities.ts'
import { changeGroup } from './change.ts'
import { checkHook, type HookRequest } from './lifecycle-hooks.ts'
import type { Group, Member, MixedInstancesPolicy, Settings, TemplateSpecification } from './state.ts'
import { completeSource, tryLaunch } from './templates.ts'
import {
  checkPlacement,
  checkSizes,
  checkSource,
  invalidNextToken,
  mergeTags,
  needGroup,
  needLivingGroup,
  terminationPolicies,
  type RequestTag,
} from './validate.ts'

interface GroupRequest extends Partial<Omit<Settings, 'ServiceLinkedRoleARN'>> {
  readonly AutoScalingGroupName: string
  readonly LaunchTemplate?: TemplateSpecification
  readonly MixedInstancesPolicy?: MixedInstancesPolicy
  readonly LaunchConfigurationName?: string
  readonly DesiredCapacity?: number
  readonly AvailabilityZones?: readonly string[]
  readonly VPCZoneIdentifier?: string
  readonly ServiceLinkedRoleARN?: string
}

interface CreateRequest extends GroupRequest {
  readonly MinSize: number
  readonly MaxSize: number
  readonly Tags?: readonly RequestTag[]
  readonly LifecycleHookSpecificationList?: readonly HookRequest[]
  readonly TargetGroupARNs?: readonly string[]
  readonly LoadBalancerNames?: readonly string[]
}

/** Members of a request that are kept as they are. */
const settingNames = [
  'DefaultCooldown',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'TerminationPolicies',
  'NewInstancesProtectedFromScaleIn',
  'CapacityRebalance',
  'DefaultInstanceWarmup',
  'MaxInstanceLifetime',
  'PlacementGroup',
  'Context',
  'DesiredCapacityType',
  'ServiceLinkedRoleARN',
  'InstanceMaintenancePolicy',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityReservationSpecification',
  'DeletionProtection',
] as const satisfies readonly (keyof Settings)[]

function settingsIn(request: GroupRequest): Partial<Settings> {
  checkSettings(request)
  const settings = Object.fromEntries(
    settingNames.map((name) => [name, request[name]]).filter(([, value]) => value !== undefined),
  )
  return settings as Partial<Settings>
}

/** 0 and -1 take a setting away. */
function withoutCleared(settings: Settings): Settings {
  const { MaxInstanceLifetime: lifetime, InstanceMaintenancePolicy: policy, ...others } = settings
  return {
    ...others,
    ...(lifetime && { MaxInstanceLifetime: lifetime }),
    ...(policy && policy.MinHealthyPercentage !== -1 && { InstanceMaintenancePolicy: policy }),
  }
}

function checkSettings(request: GroupRequest) {
  const { TerminationPolicies: policies, MaxInstanceLifetime: lifetime, HealthCheckType: healthCheck } = request
  const unknown = policies?.find((policy) => !terminationPolicies.includes(policy) && !policy.startsWith('arn:'))
  if (unknown !== undefined) {
    throw validationError(`Termination policy type ${unknown} is not valid`)
  }
  if (lifetime && lifetime < 86_400) {
    throw validationError('MaxInstanceLifetime must be equal to 0 or between 86400 and 31536000 seconds')
  }
  if (
    healthCheck !== undefined &&
    !healthCheck.split(',').every((type) => ['EC2', 'ELB', 'EBS', 'VPC_LATTICE'].includes(type))
  ) {
    throw validationError(`Invalid HealthCheckType: ${healthCheck}`)
  }
}

export function createAutoScalingGroup(input: CreateRequest, { region }: CallContext) {
  const { autoscaling, ids, account } = region
  const name = input.AutoScalingGroupName
  if (/[:]/.test(name) || name.trim() === '') throw validationError(`Group name ${name} is not valid`)
  if (autoscaling.groups.get(name)) {
    throw new AwsError(
      'AlreadyExists',
      'AutoScalingGroup by this name already exists - A group with this name already exists',
    )
  }
  const desired = input.DesiredCapacity ?? input.MinSize
  checkSizes(input.MinSize, input.MaxSize, desired)
  if (input.LaunchConfigurationName !== undefined) {
    throw validationError(
      `Launch configuration name not found - Launch configuration ${input.LaunchConfigurationName} not found`,
    )
  }
  const source = checkSource(input.LaunchTemplate, input.MixedInstancesPolicy)
  const { subnets, zones } = checkPlacement(region, input.VPCZoneIdentifier, input.AvailabilityZones)
  const tags = mergeTags([], input.Tags ?? [])
  tryLaunch(region, { name, tags, source, subnets })
  const hooks = (input.LifecycleHookSpecificationList ?? []).map((hook) => checkHook(hook))
  const settings: Settings = {
    DefaultCooldown: 300,
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: false,
    ServiceLinkedRoleARN: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    ...settingsIn(input),
  }
  autoscaling.groups.put(name, {
    name,
    arn: `arn:aws:autoscaling:${region.name}:${account}:autoScalingGroup:${ids.uuid()}:autoScalingGroupName/${name}`,
    created: region.clock.now(),
    min: input.MinSize,
    max: input.MaxSize,
    desired,
    subnets,
    zones,
    source: completeSource(region, source),
    settings,
    targetGroups: input.TargetGroupARNs ?? [],
    loadBalancers: input.LoadBalancerNames ?? [],
    tags,
    suspended: [],
    hooks,
    members: [],
    deleting: false,
    cause: `At ${moment(region)} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${desired}.  `,
  })
  autoscaling.wake(name)
  return {}
}

export function updateAutoScalingGroup(
  input: GroupRequest & { MinSize?: number; MaxSize?: number },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const { MinSize: min = group.min, MaxSize: max = group.max } = input
  // A capacity that is not named follows the bounds.
  const desired = input.DesiredCapacity ?? Math.min(max, Math.max(min, group.desired))
  checkSizes(min, max, desired)
  const hasSource = input.LaunchTemplate !== undefined || input.MixedInstancesPolicy !== undefined
  const source = hasSource ? checkSource(input.LaunchTemplate, input.MixedInstancesPolicy) : group.source
  const placed = input.VPCZoneIdentifier !== undefined || input.AvailabilityZones !== undefined
  const placement = placed ? checkPlacement(region, input.VPCZoneIdentifier, input.AvailabilityZones) : group
  if (hasSource || placed) tryLaunch(region, { ...group, source, subnets: placement.subnets })
  const next: Group = {
    ...group,
    min,
    max,
    desired,
    source: hasSource ? completeSource(region, source) : source,
    subnets: placement.subnets,
    zones: placement.zones,
    settings: withoutCleared({ ...group.settings, ...settingsIn(input) }),
    ...(desired !== group.desired && {
      cause: `At ${moment(region)} a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired} changing the desired capacity from ${group.desired} to ${desired}.  `,
    }),
  }
  region.autoscaling.groups.put(group.name, next)
  region.autoscaling.retries.delete(group.name)
  region.autoscaling.wake(group.name)
  return {}
}

export function setDesiredCapacity(
  input: { AutoScalingGroupName: string; DesiredCapacity: number; HonorCooldown?: boolean },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const desired = input.DesiredCapacity
  if (desired > group.max) {
    throw validationError(
      `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
    )
  }
  if (desired < group.min) {
    throw validationError(
      `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
    )
  }
  region.autoscaling.groups.put(group.name, {
    ...group,
    desired,
    cause: `At ${moment(region)} a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${desired}.  `,
  })
  region.autoscaling.retries.delete(group.name)
  region.autoscaling.wake(group.name)
  return {}
}

export function deleteAutoScalingGroup(
  input: { AutoScalingGroupName: string; ForceDelete?: boolean },
  { region }: CallContext,
) {
  const group = needGroup(region, input.AutoScalingGroupName)
  const { DeletionProtection: protection } = group.settings
  if (protection === 'prevent-all-deletion' || (protection === 'prevent-force-deletion' && input.ForceDelete)) {
    throw new AwsError(
      'ResourceInUse',
      `You cannot delete AutoScalingGroup ${group.name} because it has deletion protection: ${protection}`,
    )
  }
  if (!input.ForceDelete && group.members.length > 0) {
    throw new AwsError(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    )
  }
  if (group.deleting) return {}
  changeGroup(region, group.name, (current) => ({ ...current, deleting: true, min: 0, desired: 0 }))
  // Forced, neither hooks nor protection count.
  for (const { id } of group.members) {
    changeGroup(region, group.name, (current) => ({
      ...current,
      members: current.members.map((member) => (member.id === id ? { ...member, state: 'Terminating' } : member)),
    }))
    terminateInstance(region, id)
  }
  region.autoscaling.wake(group.name)
  return {}
}

const maxPage = 100

export function describeAutoScalingGroups(
  input: {
    AutoScalingGroupNames?: readonly string[]
    Filters?: readonly Filter[]
    MaxRecords?: number
    NextToken?: string
    IncludeInstances?: boolean
  },
  { region }: CallContext,
) {
  const { AutoScalingGroupNames: names, MaxRecords: size = 50 } = input
  if (size < 1 || size > maxPage) throw validationError(`MaxRecords must be between 1 and ${maxPage}, is ${size}`)
  if (names && names.length > maxPage) {
    throw validationError(`The number of group names must not exceed ${maxPage}, is ${names.length}`)
  }
  const groups = region.autoscaling.groups
    .readAll()
    .filter(({ name }) => !names?.length || names.includes(name))
    .filter((group) => matchesFilters(group, input.Filters, {}, group.tags))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const { items, nextToken } = page(groups, input.NextToken, size, invalidNextToken())
  const withInstances = input.IncludeInstances !== false
  return { AutoScalingGroups: items.map((group) => toGroup(region.name, group, withInstances)), NextToken: nextToken }
}

function toGroup(region: string, group: Group, withInstances: boolean) {
  const warm = group.members.filter(isWarmed)
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: group.source.template,
    MixedInstancesPolicy: group.source.mixed,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    AvailabilityZones: group.zones,
    AvailabilityZoneIds: group.zones.map((zone) => zoneId(region, zone)),
    LoadBalancerNames: group.loadBalancers,
    TargetGroupARNs: group.targetGroups,
    Instances: withInstances ? group.members.filter((member) => !isWarmed(member)).map(toInstance) : [],
    CreatedTime: group.created,
    SuspendedProcesses: group.suspended.map((name) => ({ ProcessName: name, SuspensionReason: 'User suspended' })),
    VPCZoneIdentifier: group.subnets.join(','),
    EnabledMetrics: [],
    Status: group.deleting ? 'Delete in progress' : undefined,
    Tags: group.tags.map((tag) => ({ ResourceId: group.name, ResourceType: 'auto-scaling-group', ...tag })),
    WarmPoolConfiguration: group.warmPool,
    WarmPoolSize: group.warmPool ? warm.length : undefined,
    TrafficSources: [],
    ...group.settings,
  }
}

export function isWarmed({ state }: Member): boolean {
  return state.startsWith('Warmed:')
}

/** A member as Describe shows it, in its group or by itself. */
export function toInstance(member: Member) {
  return {
    InstanceId: member.id,
    InstanceType: member.type,
    AvailabilityZone: member.zone,
    LifecycleState: member.state,
    HealthStatus: member.health,
    LaunchTemplate: member.template,
    ImageId: member.imageId,
    ProtectedFromScaleIn: member.protected,
    WeightedCapacity: member.weighted ? String(member.weight) : undefined,
  }
}
