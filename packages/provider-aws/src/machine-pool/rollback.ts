import type { Desired } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { currentVersion, type TemplateView } from './group-view.ts'
import { revisionOf } from './plan-template.ts'

/**
 * Whether an instance refresh may go back by itself. It would go back to an older version with its own user data; nodes
 * made from that can join only if the data holds no token that has expired since (R14).
 */
export function canRollBack({ pool, bootstrap }: Pick<Desired<AWSMachinePoolSpec>, 'pool' | 'bootstrap'>): boolean {
  const { refreshPreferences, strategy } = pool.spec
  const isRefreshed =
    (strategy?.type ?? 'InstanceRefresh') === 'InstanceRefresh' && refreshPreferences?.disable !== true
  const isTokenFree = bootstrap === undefined || bootstrap.revision !== undefined
  return isRefreshed && refreshPreferences?.autoRollback === true && isTokenFree
}

/**
 * The version that a group with rollback refers to by number, as AWS demands. Only a refresh moves it to another revision, so
 * that AWS knows what to go back to; a newer version of the same revision replaces nothing and is taken at once.
 * @param live the version that the group refers to now; absent for a new group
 * @param run the version that most instances run
 */
export function pinnedVersion(template: TemplateView, live: string | undefined, run: string | undefined): string {
  const newest = currentVersion(template)
  const known = (number: string | undefined) => template.versions.find(({ version }) => String(version) === number)
  const pinned = known(live) ?? known(run)
  if (newest === undefined || pinned === undefined) return String(template.latestVersion)
  const isSame = revisionOf(template, pinned) === revisionOf(template, newest)
  return String(isSame ? newest.version : pinned.version)
}
