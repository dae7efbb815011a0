import type { Client } from '@machinepool/kube'

import type { ExternalClusterObject } from '../cluster/external-cluster.ts'
import { applyObjects, type AppliedObject } from './apply-objects.ts'

/** Writes the objects of an external cluster, each followed by its status; safe to repeat. */
export async function writeExternalCluster(
  client: Client,
  namespace: string,
  objects: readonly ExternalClusterObject[],
): Promise<AppliedObject[]> {
  const manifest = objects.map(({ object }) => ({ object, source: object.kind }))
  const applied = await applyObjects(client, manifest, { namespace })
  for (const [index, { resource, object }] of applied.entries()) {
    const status = objects[index]?.status
    if (!status) continue
    const { name = '' } = object.metadata
    await client.patch(
      resource,
      { namespace, name },
      { type: 'merge', body: { status } },
      { subresource: 'status', fieldManager: 'machinepool' },
    )
  }
  return applied
}
