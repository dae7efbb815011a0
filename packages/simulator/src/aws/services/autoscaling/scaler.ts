import type { Region } from '../../region.ts'
import { moment } from './activities.ts'
import { changeGroup } from './change.ts'
import { launchMember, useWarmMember } from './launching.ts'
import { activeRefresh, capacityBounds, launchSource } from './refresh-state.ts'
import type { Group } from './state.ts'
import { resolveTemplate } from './templates.ts'
import { isTerminating, terminateMember } from './terminating.ts'
import { chooseVictim } from './victims.ts'
import { capacityOf, counts, zoneToFill } from './zones.ts'

/** Brings a group nearer to its desired capacity, as far as its processes are not suspended. */
export function scale(region: Region, name: string) {
  const group = region.autoscaling.groups.get(name)
  if (!group) return
  if (group.deleting) {
    if (group.members.length === 0) region.autoscaling.groups.delete(name)
    return
  }
  grow(region, name)
  replaceDone(region, name)
  shrink(region, name)
  rebalance(region, name)
  fillWarmPool(region, name)
}

function suspended(group: Group, process: string): boolean {
  return group.suspended.includes(process)
}

function grow(region: Region, name: string) {
  const { groups, retries } = region.autoscaling
  for (;;) {
    const group = groups.get(name)!
    const surplus = group.members.filter((member) => counts(member) && member.surplus)
    const capacity = capacityOf(group) - surplus.reduce((sum, { weight }) => sum + weight, 0)
    if (capacity >= group.desired || suspended(group, 'Launch')) return
    const retry = retries.get(name)
    if (retry && retry.at > region.clock.now()) return
    const cause =
      `${group.cause ?? ''}At ${moment(region)} an instance was started in response to a difference between desired ` +
      `and actual capacity, increasing the capacity from ${capacity} to ${capacity + 1}.`
    const warm = group.members.find(({ state }) => /^Warmed:(Stopped|Running|Hibernated)$/.test(state))
    if (warm) {
      useWarmMember(region, group, warm, cause)
      continue
    }
    if (!launchMember(region, { ...group, source: launchSource(region, group) }, { cause })) {
      tryLater(region, name)
      return
    }
    retries.delete(name)
    changeGroup(region, name, ({ cause: _used, ...rest }) => rest)
  }
}

/** AWS tries a failed launch again after longer and longer pauses. */
function tryLater(region: Region, name: string) {
  const { retries, wake } = region.autoscaling
  const failures = (retries.get(name)?.failures ?? 0) + 1
  const wait = region.timings.launchRetry * 2 ** Math.min(failures - 1, 3)
  retries.set(name, { failures, at: region.clock.now() + wait })
  region.clock.after(wait, () => wake(name))
}

/** Ends the instances whose successors are in service. */
function replaceDone(region: Region, name: string) {
  const group = region.autoscaling.groups.get(name)!
  for (const { replaces, state, id } of group.members) {
    if (replaces === undefined || state !== 'InService') continue
    terminateMember(
      region,
      group,
      replaces,
      `At ${moment(region)} instance ${replaces} was replaced by ${id}, which is in service.`,
    )
  }
}

function shrink(region: Region, name: string) {
  const { groups } = region.autoscaling
  for (;;) {
    const group = groups.get(name)!
    if (suspended(group, 'Terminate')) return
    const surplus = group.members.filter((member) => counts(member) && member.surplus)
    const refresh = activeRefresh(region, name)
    const extra = refresh ? capacityBounds(group, refresh.preferences).max - group.desired : 0
    const capacity = capacityOf(group)
    const excess = capacity - surplus.reduce((sum, { weight }) => sum + weight, 0) - group.desired - extra
    const victim = chooseVictim(group, { currentVersion: (id) => currentVersion(region, group, id) })
    if (!victim || excess < victim.weight) return
    const cause =
      `${group.cause ?? ''}At ${moment(region)} an instance was taken out of service in response to a difference between ` +
      `desired and actual capacity, shrinking the capacity from ${capacity} to ${capacity - victim.weight}.  ` +
      `At ${moment(region)} instance ${victim.id} was selected for termination.`
    terminateMember(region, group, victim.id, cause)
    changeGroup(region, name, ({ cause: _used, ...rest }) => rest)
  }
}

function currentVersion(region: Region, group: Group, templateId: string): number | undefined {
  const base = group.source.template ?? group.source.mixed?.LaunchTemplate?.LaunchTemplateSpecification
  if (base?.LaunchTemplateId !== templateId || !region.ec2.launchTemplates.get(templateId)) return undefined
  return resolveTemplate(region, { ...base, Version: '$Latest' }).version.number
}

/** One instance at a time, and the new one before the old one goes. */
function rebalance(region: Region, name: string) {
  const group = region.autoscaling.groups.get(name)!
  if (['AZRebalance', 'Launch', 'Terminate'].some((process) => suspended(group, process))) return
  const settled = group.members.every(
    (member) => member.state === 'InService' || (!counts(member) && !isTerminating(member)),
  )
  if (!settled || capacityOf(group) !== group.desired || activeRefresh(region, name)) return
  const retry = region.autoscaling.retries.get(name)
  if (retry && retry.at > region.clock.now()) return
  const zone = zoneToFill(group)
  if (zone === undefined) return
  const cause = `At ${moment(region)} an instance was launched to aid in balancing the group's zones.`
  if (!launchMember(region, group, { cause, zone, surplus: true })) tryLater(region, name)
}

function fillWarmPool(region: Region, name: string) {
  const { groups } = region.autoscaling
  for (;;) {
    const group = groups.get(name)!
    const { warmPool: pool } = group
    const warmed = group.members.filter((member) => member.state.startsWith('Warmed:') && !isTerminating(member))
    const prepared = Math.max(pool?.MaxGroupPreparedCapacity ?? group.max, group.desired)
    const wanted = pool && !pool.Status ? Math.max(pool.MinSize ?? 0, prepared - group.desired) : 0
    const retry = region.autoscaling.retries.get(name)
    if (warmed.length > wanted) {
      terminateMember(region, group, warmed[0]!.id, `At ${moment(region)} an instance was taken out of the warm pool.`)
    } else if (warmed.length < wanted && !suspended(group, 'Launch') && !(retry && retry.at > region.clock.now())) {
      const cause = `At ${moment(region)} an instance was started in response to a difference between desired and actual warm pool size.`
      if (!launchMember(region, group, { cause, warm: true })) {
        tryLater(region, name)
        return
      }
    } else {
      if (pool?.Status && !group.members.some((member) => member.state.startsWith('Warmed:'))) {
        changeGroup(region, name, ({ warmPool: _gone, ...rest }) => rest)
      }
      return
    }
  }
}
