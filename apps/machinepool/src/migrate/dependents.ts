import type { Client, ObjectKey, OwnerReference, Resource, UnknownObject } from '@machinepool/kube'

import type { ResourceFinder } from '../kubernetes/resource-finder.ts'
import { withSuccessors } from './copy.ts'
import { isOldGroup } from './old-objects.ts'

/** An object that is owned by one that is to go. */
export interface Dependent {
  readonly resource: Resource
  readonly object: UnknownObject
}

/** Kinds that never belong to a machine pool, and of which there are many. */
const corePlurals: ReadonlySet<string> = new Set(['secrets', 'configmaps'])

/** Everything in these namespaces that the objects with these uids own: of Cluster API's groups, Secrets and ConfigMaps. */
export async function readDependents(
  client: Client,
  finder: ResourceFinder,
  namespaces: ReadonlySet<string>,
  uids: ReadonlySet<string>,
): Promise<Dependent[]> {
  const resources = await finder.ofGroups(
    (group) => group === '' || (/(^|\.)cluster\.x-k8s\.io$/.test(group) && !isOldGroup(group)),
  )
  const kinds = resources.filter(
    ({ namespaced, group, plural }) => namespaced && (group !== '' || corePlurals.has(plural)),
  )
  const found: Dependent[] = []
  for (const resource of kinds) {
    for (const namespace of namespaces) {
      const { items } = await client.list(resource, { namespace })
      const owned = items.filter(({ metadata }) => (metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid)))
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
      found.push(...owned.map((object) => ({ resource, object: { ...object, apiVersion, kind: resource.kind } })))
    }
  }
  return found
}

/** Hands an object over to the successors of its owners; refused by the server when its owners changed meanwhile. */
export async function handOver(
  client: Client,
  { resource, object }: Dependent,
  successors: ReadonlyMap<string, OwnerReference>,
): Promise<void> {
  const { resourceVersion, ownerReferences = [], name = '', namespace } = object.metadata
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
  const metadata = { ownerReferences: withSuccessors(ownerReferences, successors), resourceVersion }
  await client.patch(resource, key, { type: 'merge', body: { metadata } })
}
