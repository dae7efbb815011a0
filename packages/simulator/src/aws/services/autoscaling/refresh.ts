import type { Region } from '../../region.ts'
import { moment } from './activities.ts'
import { launchMember } from './launching.ts'
import { activeRefresh, capacityBounds, launchSource } from './refresh-state.ts'
import type { Group, LaunchSource, Member, Refresh, RefreshPreferences } from './state.ts'
import { baseSpecification, resolveTemplate } from './templates.ts'
import { isTerminating, terminateMember } from './terminating.ts'
import { counts } from './zones.ts'

const noProgressLimit = 3_600_000
const defaultCheckpointDelay = 3600

/** Instances that a refresh to this source has to replace. */
export function toReplace(
  region: Region,
  group: Group,
  source: LaunchSource,
  preferences: RefreshPreferences,
): string[] {
  return group.members
    .filter((member) => !isTerminating(member))
    .filter((member) => !preferences.SkipMatching || !matches(region, member, source))
    .filter((member) => preferences.ScaleInProtectedInstances !== 'Ignore' || !member.protected)
    .filter((member) => preferences.StandbyInstances !== 'Ignore' || member.state !== 'Standby')
    .map(({ id }) => id)
}

function matches(region: Region, member: Member, source: LaunchSource): boolean {
  const { template, version } = resolveTemplate(region, baseSpecification(source)!)
  const types = source.mixed?.LaunchTemplate?.Overrides?.flatMap(({ InstanceType: type }) => (type ? [type] : []))
  return (
    member.template.LaunchTemplateId === template.id &&
    member.template.Version === String(version.number) &&
    (types?.length ? types.includes(member.type) : true)
  )
}

/** Takes the next steps of a group's refresh, if one is under way. */
export function advanceRefresh(region: Region, name: string) {
  const group = region.autoscaling.groups.get(name)
  const refresh = activeRefresh(region, name)
  if (!group || !refresh) return
  switch (refresh.status) {
    case 'Cancelling':
      if (
        group.members.every((member) => member.state === 'InService' || (!counts(member) && !isTerminating(member)))
      ) {
        end(region, refresh, 'Cancelled')
      }
      return
    case 'Baking':
      if (!waits(region, refresh)) succeed(region, group, refresh)
      return
    case 'Pending':
      put(region, { ...refresh, status: 'InProgress' })
      advanceRefresh(region, name)
      return
    default:
      replaceSome(region, group, refresh)
  }
}

function put(region: Region, refresh: Refresh) {
  region.autoscaling.refreshes.put(refresh.id, refresh)
}

function end(region: Region, refresh: Refresh, status: Refresh['status'], reason?: string) {
  put(region, { ...refresh, status, ended: region.clock.now(), ...(reason !== undefined && { reason }) })
  region.autoscaling.alarms.get(refresh.id)?.()
  region.autoscaling.alarms.delete(refresh.id)
  // Extra instances are excess from now on.
  region.autoscaling.wake(refresh.group)
}

function succeed(region: Region, group: Group, refresh: Refresh) {
  if (refresh.desired) region.autoscaling.groups.put(group.name, { ...group, source: refresh.desired })
  end(region, refresh, 'Successful')
}

function waits(region: Region, refresh: Refresh): boolean {
  const { holdUntil } = refresh
  if (holdUntil === undefined || holdUntil <= region.clock.now()) return false
  wakeAt(region, refresh, holdUntil)
  return true
}

/** Looks at a refresh again at a moment; the latest wish counts. */
function wakeAt({ autoscaling, clock }: Region, refresh: Refresh, time: number) {
  const { alarms, wake } = autoscaling
  alarms.get(refresh.id)?.()
  alarms.set(
    refresh.id,
    clock.after(Math.max(0, time - clock.now()), () => wake(refresh.group)),
  )
}

/** Milliseconds that an instance has to be in service before it counts as healthy. */
function warmup(group: Group, { InstanceWarmup: own }: RefreshPreferences): number {
  return 1000 * (own ?? group.settings.DefaultInstanceWarmup ?? group.settings.HealthCheckGracePeriod)
}

function replaceSome(region: Region, group: Group, before: Refresh) {
  const now = region.clock.now()
  const { preferences } = before
  const warm = warmup(group, preferences)
  const isOld = (member: Member) => before.pending.includes(member.id)
  const old = group.members.filter((member) => isOld(member) && !isTerminating(member))
  const fresh = group.members.filter((member) => counts(member) && !isOld(member) && member.joined >= before.started)
  // Without a move to a new machine nothing warms up: what was in service before counts at once.
  const isWarm = (member: Member) =>
    member.state === 'InService' && (member.joined < before.started || now - member.inService! >= warm)
  const unready = fresh.filter((member) => !isWarm(member))
  const left = Math.min(before.total, old.length + unready.length)

  const refresh = { ...before, left, ...(left < before.left && { progressed: now }) }
  put(region, refresh)
  if (left === 0) {
    complete(region, group, refresh)
    return
  }
  if (now - refresh.progressed >= noProgressLimit) {
    fail(region, group, refresh)
    return
  }
  if (holdAtCheckpoint(region, refresh) || waits(region, refresh)) return

  const healthy = group.members.filter((member) => counts(member) && isWarm(member))
  launchExtra(region, group, refresh, old)
  terminateOld(region, group, refresh, old, healthy.length, unready.length)
  const due = unready.filter(({ inService }) => inService !== undefined).map(({ inService }) => inService! + warm)
  wakeAt(region, refresh, Math.min(now + 60_000, ...due.filter((time) => time > now)))
}

/** How many instances the next checkpoint lets be replaced in all. */
function replaceableUpToCheckpoint({ preferences, total, checkpointsPassed }: Refresh): number {
  const next = preferences.CheckpointPercentages?.[checkpointsPassed]
  return next === undefined ? total : Math.ceil((total * next) / 100)
}

function holdAtCheckpoint(region: Region, refresh: Refresh): boolean {
  const next = refresh.preferences.CheckpointPercentages?.[refresh.checkpointsPassed]
  if (next === undefined || refresh.total - refresh.left < replaceableUpToCheckpoint(refresh)) return false
  const delay = (refresh.preferences.CheckpointDelay ?? defaultCheckpointDelay) * 1000
  const held = { ...refresh, checkpointsPassed: refresh.checkpointsPassed + 1, holdUntil: region.clock.now() + delay }
  put(region, held)
  return waits(region, held)
}

/** Where the group may be larger than desired for a while, the new instances come first. */
function launchExtra(region: Region, group: Group, { preferences }: Refresh, old: readonly Member[]) {
  const { max } = capacityBounds(group, preferences)
  const present = group.members.filter(counts).length
  const extra = Math.min(max - present, old.length - Math.max(0, present - group.desired))
  for (let count = 0; count < extra; count++) {
    const cause = `At ${moment(region)} an instance was started in response to an instance refresh.`
    const current = region.autoscaling.groups.get(group.name)!
    const source = launchSource(region, current)
    if (!launchMember(region, { ...current, source }, { cause, surplus: true })) return
  }
}

function terminateOld(
  region: Region,
  group: Group,
  refresh: Refresh,
  old: readonly Member[],
  healthy: number,
  unready: number,
) {
  const { min, max } = capacityBounds(group, refresh.preferences)
  const inFlight = unready + group.members.filter(isTerminating).length
  const started = refresh.total - old.length
  let allowed = Math.max(0, healthy - min)
  // A group too small for its percentages is still refreshed, one instance at a time.
  if (allowed === 0 && inFlight === 0 && max === group.desired) allowed = 1
  allowed = Math.min(allowed, replaceableUpToCheckpoint(refresh) - started)
  for (const member of old) {
    const free = member.state.startsWith('Warmed:') || member.health === 'Unhealthy'
    if (!free && allowed <= 0) continue
    if (mustWait(member, refresh.preferences)) continue
    if (!free) allowed--
    const current = region.autoscaling.groups.get(group.name)!
    const cause = `At ${moment(region)} an instance was taken out of service in response to an instance refresh.  At ${moment(region)} instance ${member.id} was selected for termination.`
    terminateMember(region, current, member.id, cause)
    // What is missing now is launched next.
    region.autoscaling.wake(group.name)
  }
}

function mustWait(member: Member, preferences: RefreshPreferences): boolean {
  return (
    (member.protected && preferences.ScaleInProtectedInstances !== 'Refresh') ||
    (member.state === 'Standby' && preferences.StandbyInstances !== 'Terminate') ||
    // Not yet there: it would be replaced twice.
    member.state.startsWith('Pending')
  )
}

function complete(region: Region, group: Group, refresh: Refresh) {
  if (refresh.status === 'RollbackInProgress') {
    end(region, refresh, 'RollbackSuccessful')
    return
  }
  const bake = (refresh.preferences.BakeTime ?? 0) * 1000
  if (bake === 0) {
    succeed(region, group, refresh)
    return
  }
  const baking = { ...refresh, status: 'Baking', holdUntil: region.clock.now() + bake } as const
  put(region, baking)
  waits(region, baking)
}

function fail(region: Region, group: Group, refresh: Refresh) {
  const reason = 'Timed out while instances were being replaced: the new instances did not become healthy in time.'
  if (refresh.status === 'RollbackInProgress') end(region, refresh, 'RollbackFailed', reason)
  else if (refresh.preferences.AutoRollback && refresh.desired) rollBack(region, group, refresh, reason)
  else end(region, refresh, 'Failed', reason)
}

/** Replaces what a refresh has replaced once more, by instances of the configuration from before. */
export function rollBack(region: Region, group: Group, refresh: Refresh, reason: string) {
  const { holdUntil: _over, ...rest } = refresh
  const now = region.clock.now()
  const pending = toReplace(region, group, refresh.previous, { SkipMatching: true })
  put(region, {
    ...rest,
    status: 'RollbackInProgress',
    reason,
    pending,
    total: pending.length,
    left: pending.length,
    progressed: now,
    started: refresh.started,
    rollback: {
      reason,
      started: now,
      percentage: percentage(refresh),
      left: refresh.left,
    },
  })
  region.autoscaling.wake(group.name)
}

export function percentage({ total, left }: Refresh): number {
  return total === 0 ? 100 : Math.floor((100 * (total - left)) / total)
}
