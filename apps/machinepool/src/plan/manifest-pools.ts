import { apiVersionOf, toCustomResourceDefinition, type MachinePool } from '@machinepool/api'
import { createApiServer } from '@machinepool/apiserver'
import type { InfraObject } from '@machinepool/core'
import { createClient, loadKubeconfig, namespaces, type Client, type UnknownObject } from '@machinepool/kube'

import { kindsByProvider } from '../kinds.ts'
import { applyObjects } from '../kubernetes/apply-objects.ts'
import type { ManifestObject } from '../manifest/read.ts'
import { kindHooks } from '../system/kind-hooks.ts'

/** A MachinePool with its infrastructure object, as they are or would be stored. */
export interface PoolObjects {
  readonly pool: MachinePool
  readonly infra: InfraObject
}

/** What the server would make of a manifest (defaults, refusals), without changing anything. */
export async function dryRun(
  client: Client,
  manifest: readonly ManifestObject[],
  namespace: string,
): Promise<readonly UnknownObject[]> {
  const applied = await applyObjects(client, manifest, { namespace, dryRun: true })
  return applied.map(({ object }) => inStoredVersion(object))
}

/** A manifest may be in any served version; everything else here works with the stored one. */
function inStoredVersion(object: UnknownObject): UnknownObject {
  const group = object.apiVersion.split('/')[0] ?? ''
  const kinds = Object.values(kindsByProvider).flat()
  const kind = kinds.find((one) => one.kind === object.kind && one.group === group)
  const stored = kind && apiVersionOf(kind)
  if (kind === undefined || stored === undefined || stored === object.apiVersion) return object
  // The hooks' objects differ only in how much they say about managedFields.
  const converted = kindHooks()[`${kind.kind}.${kind.group}`]?.convert?.(object as never, stored)
  return (converted as UnknownObject | undefined) ?? object
}

/** A server of our own that lives as long as one command, for the same defaults and refusals where there is no cluster. */
export async function throwawayServer(): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const server = await createApiServer({
    crds: Object.values(kindsByProvider).flatMap((kinds) => kinds.map((kind) => toCustomResourceDefinition(kind))),
    hooks: kindHooks(),
  })
  const client = createClient(await loadKubeconfig({ text: server.kubeconfig() }), { userAgent: 'machinepool' })
  return {
    client,
    async close() {
      await client.close()
      await server.close()
    },
  }
}

/** Applies a manifest to a server of our own, with the namespaces it speaks of. */
export async function applyThrowaway(
  client: Client,
  manifest: readonly ManifestObject[],
  namespace: string,
): Promise<readonly UnknownObject[]> {
  const named = new Set([namespace, ...manifest.flatMap(({ object }) => object.metadata.namespace ?? [])])
  const existing = new Set((await client.list(namespaces)).items.map(({ metadata }) => metadata.name))
  for (const name of [...named].filter((one) => !existing.has(one))) {
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  const applied = await applyObjects(client, manifest, { namespace })
  return applied.map(({ object }) => inStoredVersion(object))
}

/** As Cluster API's controller binds them: the pool owns its infrastructure object, which carries the cluster's name. */
export function bound({ pool, infra }: PoolObjects): PoolObjects {
  const { metadata } = infra
  const owner = {
    apiVersion: pool.apiVersion,
    kind: pool.kind,
    name: pool.metadata.name ?? '',
    uid: pool.metadata.uid ?? '',
    controller: true,
  }
  const owned = metadata.ownerReferences?.some(({ kind }) => kind === pool.kind) ?? false
  return {
    pool,
    infra: {
      ...infra,
      metadata: {
        ...metadata,
        labels: { 'cluster.x-k8s.io/cluster-name': pool.spec.clusterName, ...metadata.labels },
        ownerReferences: owned ? metadata.ownerReferences! : [...(metadata.ownerReferences ?? []), owner],
      },
    },
  }
}
