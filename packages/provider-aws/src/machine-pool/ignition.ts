import type { BootstrapData, JsonObject, PoolRef } from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { networkOwner } from './tags.ts'

type Ignition = NonNullable<AWSMachinePoolSpec['ignition']>

/** Where Ignition data lies, and what instances get instead of it. Plain data: a part of an action's parameters. */
export interface StoredIgnition {
  readonly bucket: string
  readonly key: string
  /** The small configuration that points to the object. */
  readonly pointer: JsonObject
}

/** The bucket that the cluster's infrastructure provider made for such data. */
export function ignitionBucket(pool: Pick<PoolRef<unknown>, 'cluster'>): string | undefined {
  return textAt(networkOwner(pool), 'spec', 's3Bucket', 'name')
}

/** Whether the pool wants its Ignition data in a bucket. A configuration that names no storage has the CRD's default. */
export function wantsObjectStore({ ignition }: AWSMachinePoolSpec): boolean {
  return ignition !== undefined && (ignition.storageType ?? 'ClusterObjectStore') === 'ClusterObjectStore'
}

/** Upstream's name for the object, by the content of the data. */
export function objectKey(templateName: string, contentHash: string): string {
  return `machine-pool/${templateName}/${contentHash}`
}

/** Where the data goes; `undefined`: into the user data. PURE. */
export function storedIgnition(
  pool: PoolRef<AWSMachinePoolSpec>,
  templateName: string,
  bootstrap: Pick<BootstrapData, 'format' | 'contentHash'> | undefined,
): StoredIgnition | undefined {
  const { ignition } = pool.spec
  const bucket = ignitionBucket(pool)
  if (bootstrap?.format !== 'ignition' || ignition === undefined || !wantsObjectStore(pool.spec)) return undefined
  if (bucket === undefined) return undefined
  const key = objectKey(templateName, bootstrap.contentHash)
  return { bucket, key, pointer: pointerTo(`s3://${bucket}/${key}`, ignition) }
}

/**
 * Version 2 appends what it points to, version 3 merges it.
 * https://coreos.github.io/ignition/specs/
 */
function pointerTo(source: string, { version = '2.3', proxy, tls }: Ignition): JsonObject {
  const referring = version.startsWith('2') ? { append: [{ source }] } : { merge: [{ source }] }
  const { httpProxy, httpsProxy, noProxy } = proxy ?? {}
  const authorities = tls?.certificateAuthorities ?? []
  return {
    ignition: {
      version: `${version}.0`,
      config: referring,
      ...(proxy === undefined
        ? {}
        : {
            proxy: {
              ...(httpProxy === undefined ? {} : { httpProxy }),
              ...(httpsProxy === undefined ? {} : { httpsProxy }),
              ...(noProxy === undefined ? {} : { noProxy: [...noProxy] }),
            },
          }),
      ...(authorities.length === 0
        ? {}
        : {
            security: { tls: { certificateAuthorities: authorities.map((authority) => ({ source: authority })) } },
          }),
    },
  }
}
