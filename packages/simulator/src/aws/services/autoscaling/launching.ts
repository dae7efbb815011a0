import { AwsError } from '../../error.ts'
import type { Region } from '../../region.ts'
import { launchInstance, startInstance, stopInstance, terminateInstance } from '../ec2/instances.ts'
import type { Instance } from '../ec2/state.ts'
import { startActivity, updateActivity } from './activities.ts'
import { addMember, changeMember, findMember, removeMember } from './change.ts'
import { nextIsSpot, rankOffers, type Offer } from './distribution.ts'
import { passHooks } from './hooks.ts'
import type { Group, Member } from './state.ts'
import { launchRequest, offersOfSource, type ResolvedTemplate } from './templates.ts'
import { launchOrder } from './zones.ts'

export interface LaunchOptions {
  /** Why, as the activity says it. */
  readonly cause: string
  /** Only there, such as to even out the zones. */
  readonly zone?: string
  /** In place of an instance that is still there. */
  readonly surplus?: boolean
  /** The one instance whose place it takes; terminated when the new one is in service. */
  readonly replaces?: string
  /** Into the warm pool rather than into service. */
  readonly warm?: boolean
}

/**
 * Launches one instance of a group: by its allocation strategy, in the emptiest zone first. Returns it, or undefined
 * when the cloud had no room or refused; the failure is an activity of the group.
 */
export function launchMember(region: Region, group: Group, options: LaunchOptions): Member | undefined {
  const started = tryOffers(region, group, options)
  if ('failure' in started) {
    const { failure, zone, subnet } = started
    const activity = startActivity(region, group, {
      description: 'Launching a new EC2 instance',
      cause: options.cause,
      ...(zone && { zone }),
      ...(subnet && { subnet }),
    })
    updateActivity(region, activity, 'Failed', `${failure.message.replace(/\.?$/, '.')} Launching EC2 instance failed.`)
    return undefined
  }
  const { instance, offer, resolved } = started
  const activity = startActivity(region, group, {
    description: `Launching a new EC2 instance: ${instance.id}`,
    cause: options.cause,
    zone: instance.zone,
    subnet: instance.subnetId,
  })
  const member: Member = {
    id: instance.id,
    type: instance.type,
    zone: instance.zone,
    spot: instance.spot,
    state: options.warm ? 'Warmed:Pending' : 'Pending',
    health: 'Healthy',
    template: {
      LaunchTemplateId: resolved.template.id,
      LaunchTemplateName: resolved.template.name,
      Version: String(resolved.version.number),
    },
    imageId: instance.imageId,
    protected: group.settings.NewInstancesProtectedFromScaleIn,
    weight: offer.weight,
    weighted: offer.override?.WeightedCapacity !== undefined,
    joined: region.clock.now(),
    activity,
    surplus: options.surplus ?? options.replaces !== undefined,
    ...(options.replaces !== undefined && { replaces: options.replaces }),
  }
  addMember(region, group.name, member)
  return member
}

type Attempt =
  | { readonly instance: Instance; readonly offer: Offer; readonly resolved: ResolvedTemplate }
  | { readonly failure: AwsError; readonly zone?: string; readonly subnet?: string }

function tryOffers(region: Region, group: Group, { zone: onlyZone }: LaunchOptions): Attempt {
  const distribution = group.source.mixed?.InstancesDistribution
  let attempt: Attempt = {
    failure: new AwsError('ValidationError', 'No instance type satisfies the instance requirements'),
  }
  try {
    for (const zone of onlyZone === undefined ? launchOrder(group) : [onlyZone]) {
      const subnet = group.subnets.find((id) => region.ec2.subnets.get(id)?.zone === zone)
      if (!subnet) continue
      const offers = offersOfSource(region, group.source)
      const spot = distribution ? nextIsSpot(group, distribution) : undefined
      const facts = {
        price: (type: string) => region.ec2.instanceTypes.get(type)?.price ?? Infinity,
        free: (type: string) => region.ec2.capacity.available(type, zone),
      }
      for (const offer of distribution ? rankOffers(offers, spot!, distribution, facts) : offers) {
        const result = tryOffer(region, group, offer, subnet, spot)
        if ('instance' in result) return result
        attempt = { failure: result.failure, zone, subnet }
      }
    }
  } catch (error) {
    // The launch template or version is gone.
    if (error instanceof AwsError) return { failure: error }
    throw error
  }
  return attempt
}

function tryOffer(region: Region, group: Group, offer: Offer, subnet: string, spot: boolean | undefined): Attempt {
  const { request, resolved } = launchRequest(region, group, offer, subnet, spot ?? false)
  // Outside a mixed group the template itself says whether it wants spot instances.
  const wantsSpot = spot ?? request.template.InstanceMarketOptions?.MarketType === 'spot'
  try {
    return { instance: launchInstance(region, { ...request, spot: wantsSpot }), offer, resolved }
  } catch (error) {
    if (error instanceof AwsError) return { failure: error }
    throw error
  }
}

/** What happens when the machine of a new member runs: its launch hooks, then service or the warm pool. */
export function memberRuns(region: Region, groupName: string, id: string) {
  const group = region.autoscaling.groups.get(groupName)
  const member = findMember(region, groupName, id)
  if (!group || !member) return
  const warm = member.state === 'Warmed:Pending'
  if (!warm && member.state !== 'Pending') return
  passLaunchHooks(region, group, id, warm)
}

/** Holds an instance at the launch hooks of its group, or holds it there again after a restart. */
export function passLaunchHooks(region: Region, group: Group, id: string, warm: boolean) {
  const groupName = group.name
  const member = findMember(region, groupName, id)
  if (!member) return
  updateActivity(region, member.activity, 'PreInService')
  const states = warm
    ? ({ wait: 'Warmed:Pending:Wait', proceed: 'Warmed:Pending:Proceed' } as const)
    : ({ wait: 'Pending:Wait', proceed: 'Pending:Proceed' } as const)
  passHooks(region, group, id, 'autoscaling:EC2_INSTANCE_LAUNCHING', states, (result) => {
    if (result === 'ABANDON') abandon(region, groupName, id)
    else if (warm) settleWarm(region, groupName, id)
    else enterService(region, groupName, id)
  })
}

function enterService(region: Region, groupName: string, id: string) {
  const member = changeMember(region, groupName, id, {
    state: 'InService',
    inService: region.clock.now(),
    surplus: false,
  })
  updateActivity(region, member?.activity, 'Successful')
  region.autoscaling.wake(groupName)
}

function settleWarm(region: Region, groupName: string, id: string) {
  const state = region.autoscaling.groups.get(groupName)?.warmPool?.PoolState ?? 'Stopped'
  const member = changeMember(region, groupName, id, { state: `Warmed:${state}` })
  updateActivity(region, member?.activity, 'Successful')
  if (state !== 'Running') stopInstance(region, id)
}

/** A launch that a hook gave up: the instance goes, and another one is launched. */
function abandon(region: Region, groupName: string, id: string) {
  const member = findMember(region, groupName, id)
  updateActivity(
    region,
    member?.activity,
    'Cancelled',
    `Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned: Lifecycle Action Completed with ABANDON Result`,
  )
  terminateInstance(region, id)
  removeMember(region, groupName, id)
  region.autoscaling.wake(groupName)
}

/** Brings a warmed instance into service; it passes the launch hooks again. */
export function useWarmMember(region: Region, group: Group, member: Member, cause: string) {
  const activity = startActivity(region, group, {
    description: `Launching a new EC2 instance from warm pool: ${member.id}`,
    cause,
    zone: member.zone,
  })
  changeMember(region, group.name, member.id, { state: 'Pending', activity })
  const running = region.ec2.instances.get(member.id)?.state === 'running'
  if (running) memberRuns(region, group.name, member.id)
  else startInstance(region, member.id)
}
