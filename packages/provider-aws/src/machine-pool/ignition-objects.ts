import type { JsonObject, PoolRef } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { TemplateView } from './group-view.ts'
import { ignitionBucket, objectKey, wantsObjectStore } from './ignition.ts'
import { resourceTags, type Tags } from './tags.ts'

/** Tag of a launch template that names the bucket of its Ignition data: the cluster's objects may be gone at the end (R4). */
const bucketTag = 'machinepool/ignition-bucket'

/** Tags of the launch template. */
export function templateTags(pool: PoolRef<AWSMachinePoolSpec>): Tags {
  const bucket = wantsObjectStore(pool.spec) ? ignitionBucket(pool) : undefined
  return { ...resourceTags(pool), ...(bucket === undefined ? {} : { [bucketTag]: bucket }) }
}

/**
 * Objects that no version refers to once the given ones are gone, for an action's parameters. Versions with the same data share
 * one object.
 */
export function orphanedObjects(template: TemplateView, versions: readonly number[]): JsonObject {
  const bucket = template.tags[bucketTag]
  if (bucket === undefined) return {}
  const hashes = (wanted: boolean): readonly string[] =>
    template.versions
      .filter(({ version }) => versions.includes(version) === wanted)
      .flatMap(({ marks }) => (marks?.bootstrap ? [marks.bootstrap] : []))
  const kept = new Set(hashes(false))
  const gone = [...new Set(hashes(true))].filter((hash) => !kept.has(hash))
  return gone.length === 0 ? {} : { objects: { bucket, keys: gone.map((hash) => objectKey(template.name, hash)) } }
}
