import type { Client, Resource, UnknownObject } from '@machinepool/kube'

import type { ResourceFinder } from '../kubernetes/resource-finder.ts'

/** Where machine pools lived while they were an experiment of Cluster API. */
const oldGroups: ReadonlySet<string> = new Set(['exp.cluster.x-k8s.io', 'exp.infrastructure.cluster.x-k8s.io'])

export interface OldObject {
  readonly resource: Resource
  readonly object: UnknownObject
}

export function isOldGroup(group: string): boolean {
  return oldGroups.has(group)
}

/** Every object of the old groups that the server has; none where it does not serve them any more. */
export async function readOldObjects(
  client: Client,
  finder: ResourceFinder,
  namespace: string | undefined,
): Promise<OldObject[]> {
  const resources = await finder.ofGroups(isOldGroup)
  const listed = await Promise.all(
    resources.map(async (resource) => {
      const { items } = await client.list(resource, namespace === undefined ? {} : { namespace })
      const apiVersion = `${resource.group}/${resource.version}`
      return items.map((object) => ({ resource, object: { ...object, apiVersion, kind: resource.kind } }))
    }),
  )
  return listed.flat()
}
