import type { InstanceRefresh } from '@aws-sdk/client-auto-scaling'
import type { CloudRollout } from '@machinepool/contract'

import { currentVersion, type TemplateVersion, type TemplateView } from './group-view.ts'
import { revisionOf } from './plan-template.ts'

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html */
const states: Readonly<Record<string, CloudRollout['state']>> = {
  Pending: 'Pending',
  InProgress: 'InProgress',
  // Done but for the bake time, in which an alarm can still roll it back.
  Baking: 'InProgress',
  Successful: 'Successful',
  Failed: 'Failed',
  Cancelling: 'Cancelling',
  Cancelled: 'Cancelled',
  RollbackInProgress: 'RollingBack',
  RollbackFailed: 'Failed',
  RollbackSuccessful: 'Failed',
}

/** The newest instance refresh of a group; AWS lists it first. */
export function cloudRolloutOf(
  refreshes: readonly InstanceRefresh[],
  template: TemplateView,
): CloudRollout | undefined {
  const [newest] = refreshes
  if (newest?.InstanceRefreshId === undefined) return undefined
  const version = versionRolledTo(newest, template)
  const revision = version && revisionOf(template, version)
  return {
    id: newest.InstanceRefreshId,
    state: states[newest.Status ?? ''] ?? 'InProgress',
    ...(newest.PercentageComplete === undefined ? {} : { percent: newest.PercentageComplete }),
    ...(revision === undefined ? {} : { revision }),
    ...(newest.StatusReason === undefined ? {} : { message: newest.StatusReason }),
    ...(newest.StartTime === undefined ? {} : { startedAt: newest.StartTime.getTime() }),
  }
}

/** The version named by the refresh; without a name, the one that was the newest when it began. */
function versionRolledTo(refresh: InstanceRefresh, template: TemplateView): TemplateVersion | undefined {
  const { LaunchTemplate, MixedInstancesPolicy } = refresh.DesiredConfiguration ?? {}
  const named = (LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification)?.Version
  if (named !== undefined && !named.startsWith('$')) {
    return template.versions.find(({ version }) => String(version) === named)
  }
  const startedAt = refresh.StartTime?.getTime()
  // One that is still pending has no time yet.
  if (startedAt === undefined) return currentVersion(template)
  return template.versions.findLast(({ createdAt }) => createdAt !== undefined && createdAt <= startedAt)
}
