import type { Region } from '../../region.ts'
import type { Activity, ActivityStatus, Group } from './state.ts'

interface NewActivity {
  readonly description: string
  readonly cause: string
  readonly zone?: string
  readonly subnet?: string
}

/** Writes down that something begins to happen to a group. */
export function startActivity({ autoscaling, ids, clock }: Region, group: Group, activity: NewActivity): string {
  const id = ids.uuid()
  const { zone, subnet } = activity
  autoscaling.activities.put(id, {
    id,
    group: group.name,
    groupArn: group.arn,
    description: activity.description,
    cause: activity.cause,
    started: clock.now(),
    status: 'InProgress',
    progress: 30,
    details: JSON.stringify({ ...(subnet && { 'Subnet ID': subnet }), ...(zone && { 'Availability Zone': zone }) }),
  })
  return id
}

const progress: Record<ActivityStatus, number> = {
  PreInService: 25,
  InProgress: 50,
  MidLifecycleAction: 60,
  WaitingForInstanceWarmup: 80,
  Successful: 100,
  Failed: 100,
  Cancelled: 100,
}

export function updateActivity(
  { autoscaling, clock }: Region,
  id: string | undefined,
  status: ActivityStatus,
  message?: string,
) {
  const activity = id === undefined ? undefined : autoscaling.activities.get(id)
  if (!activity || activity.ended !== undefined) return
  const over = status === 'Successful' || status === 'Failed' || status === 'Cancelled'
  const next: Activity = {
    ...activity,
    status,
    progress: progress[status],
    ...(over && { ended: clock.now() }),
    ...(message !== undefined && { message: message.slice(0, 255) }),
    ...(message !== undefined && { description: `${activity.description}.  Status Reason: ${message}` }),
  }
  autoscaling.activities.put(activity.id, next)
}

/** `2026-01-02T03:04:05Z`, as causes and descriptions write moments. */
export function moment({ clock }: Region): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
}
