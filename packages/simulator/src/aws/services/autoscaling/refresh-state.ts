import type { Region } from '../../region.ts'
import type { Group, LaunchSource, Refresh, RefreshPreferences, RefreshStatus } from './state.ts'

const active: readonly RefreshStatus[] = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking']

/** The instance refresh under way in a group. */
export function activeRefresh({ autoscaling }: Region, group: string): Refresh | undefined {
  return autoscaling.refreshes.values().find((refresh) => refresh.group === group && active.includes(refresh.status))
}

/** What a group launches from now: during a refresh, what the refresh is to bring. */
export function launchSource(region: Region, group: Group): LaunchSource {
  const refresh = activeRefresh(region, group.name)
  if (!refresh?.desired || refresh.status === 'RollbackInProgress') return group.source
  return refresh.desired
}

/** How few instances may be in service, and how many there may be, during a refresh. */
export function capacityBounds(group: Group, preferences: RefreshPreferences): { min: number; max: number } {
  const policy = group.settings.InstanceMaintenancePolicy
  const minimum = preferences.MinHealthyPercentage ?? policy?.MinHealthyPercentage ?? 90
  const maximum = preferences.MaxHealthyPercentage ?? policy?.MaxHealthyPercentage ?? 100
  return {
    min: Math.ceil((group.desired * minimum) / 100),
    max: Math.max(group.desired, Math.floor((group.desired * maximum) / 100)),
  }
}
