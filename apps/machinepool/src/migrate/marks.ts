import type { KubeObject } from '@machinepool/kube'

/** On a copy: the old object's apiVersion and UID. With it an interrupted migration is taken up where it stopped. */
export const migratedFrom = 'machinepool.dev/migrated-from'
/** On an old object or its copy: paused by the migration, not by its owner. */
export const pausedForMigration = 'machinepool.dev/paused-for-migration'

/** What `migratedFrom` says on the copy of an object. */
export function sourceOf({ apiVersion, metadata }: Pick<KubeObject, 'apiVersion' | 'metadata'>): string {
  return `${apiVersion}/${metadata.uid}`
}
