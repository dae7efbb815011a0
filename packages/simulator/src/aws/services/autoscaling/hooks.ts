import type { Region } from '../../region.ts'
import { updateActivity } from './activities.ts'
import { changeMember, findMember } from './change.ts'
import type { Group, Hook, LifecycleState, Pause } from './state.ts'

/**
 * Holds an instance at the group's hooks of one transition, and calls back with the common outcome: `ABANDON` when
 * one hook said so. Without hooks it calls back at once.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html
 */
export function passHooks(
  region: Region,
  group: Group,
  id: string,
  transition: Hook['LifecycleTransition'],
  states: { wait: LifecycleState; proceed: LifecycleState },
  done: (result: 'CONTINUE' | 'ABANDON') => void,
) {
  const { pauseRecords } = region.autoscaling
  // One that waited when the process was restarted may have passed some of them.
  const waited = findMember(region, group.name, id)?.state === states.wait
  const hooks = group.hooks
    .filter((hook) => hook.LifecycleTransition === transition)
    .filter((hook) => !waited || pauseRecords.get(keyOf(group.name, id, hook)))
  if (hooks.length === 0) {
    done('CONTINUE')
    return
  }
  const member = changeMember(region, group.name, id, { state: states.wait })
  updateActivity(region, member?.activity, 'MidLifecycleAction')
  const open = new Set(hooks)
  const finish = (result: 'CONTINUE' | 'ABANDON') => {
    for (const key of keysOf(region, group.name, id)) endPause(region, key)
    if (findMember(region, group.name, id)) changeMember(region, group.name, id, { state: states.proceed })
    done(result)
  }
  for (const hook of hooks) {
    pause(region, group.name, id, hook, (result) => {
      open.delete(hook)
      // An abandoned launch waits for no other hook; an abandoned termination goes on all the same, at once.
      if (result === 'ABANDON' || open.size === 0) finish(result)
    })
  }
}

function pause(region: Region, group: string, instance: string, hook: Hook, resume: Pause['resume']) {
  const { autoscaling, ids, clock } = region
  const key = keyOf(group, instance, hook)
  const record = autoscaling.pauseRecords.get(key) ?? { token: ids.uuid(), started: clock.now() }
  autoscaling.pauseRecords.put(key, record)
  const entry: Pause = { group, instance, hook, ...record, resume, cancel: () => {} }
  autoscaling.pauses.set(key, entry)
  armTimeout(region, key, entry)
}

function armTimeout(region: Region, key: string, entry: Pause) {
  const { clock } = region
  const globalEnd = entry.started + entry.hook.GlobalTimeout * 1000
  const wait = Math.max(0, Math.min(entry.hook.HeartbeatTimeout * 1000, globalEnd - clock.now()))
  entry.cancel()
  entry.cancel = clock.after(wait, () => resumePause(region, key, entry.hook.DefaultResult))
}

/** Starts the heartbeat time-out of a pause again; it cannot outlast the global one. */
export function heartbeat(region: Region, key: string) {
  const entry = region.autoscaling.pauses.get(key)
  if (entry) armTimeout(region, key, entry)
}

export function resumePause(region: Region, key: string, result: 'CONTINUE' | 'ABANDON') {
  const entry = region.autoscaling.pauses.get(key)
  if (!entry) return
  endPause(region, key)
  entry.resume(result)
}

function endPause({ autoscaling }: Region, key: string) {
  autoscaling.pauses.get(key)?.cancel()
  autoscaling.pauses.delete(key)
  autoscaling.pauseRecords.delete(key)
}

function keyOf(group: string, instance: string, hook: Hook): string {
  return `${group}/${instance}/${hook.LifecycleHookName}`
}

function keysOf({ autoscaling }: Region, group: string, instance: string): string[] {
  return [...autoscaling.pauses]
    .filter(([, entry]) => entry.group === group && entry.instance === instance)
    .map(([key]) => key)
}

/** Forgets the pauses of an instance that is gone, without an outcome. */
export function dropPauses(region: Region, group: string, instance: string) {
  for (const key of keysOf(region, group, instance)) endPause(region, key)
}

/** The pause that a call means, by instance or by token. */
export function findPause(
  { autoscaling }: Region,
  group: string,
  hookName: string,
  by: { instance: string | undefined; token: string | undefined },
): string | undefined {
  return [...autoscaling.pauses].find(
    ([, entry]) =>
      entry.group === group &&
      entry.hook.LifecycleHookName === hookName &&
      (by.token === undefined || entry.token === by.token) &&
      (by.instance === undefined || entry.instance === by.instance) &&
      (by.token !== undefined || by.instance !== undefined),
  )?.[0]
}
