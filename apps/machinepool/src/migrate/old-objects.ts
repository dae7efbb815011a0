import { isNotFound, type Client, type Resource, type UnknownObject } from '@machinepool/kube'

/** Where machine pools lived while they were an experiment of Cluster API. */
const oldGroups = ['exp.cluster.x-k8s.io', 'exp.infrastructure.cluster.x-k8s.io'] as const

export interface OldObject {
  readonly resource: Resource
  readonly object: UnknownObject
}

interface GroupDocument {
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string }
}
interface ResourceDocument {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
}

/** Every object of the old groups that the server has; none where it does not serve them any more. */
export async function readOldObjects(client: Client, namespace: string | undefined): Promise<OldObject[]> {
  const found = await Promise.all(oldGroups.map((group) => readGroup(client, group, namespace)))
  return found.flat()
}

async function readGroup(client: Client, group: string, namespace: string | undefined): Promise<OldObject[]> {
  try {
    const { preferredVersion } = (await client.request('GET', `/apis/${group}`)) as GroupDocument
    const { version, groupVersion } = preferredVersion
    const { resources } = (await client.request('GET', `/apis/${groupVersion}`)) as ResourceDocument
    const kinds = resources.filter(({ name, kind }) => !name.includes('/') && kind.endsWith('MachinePool'))
    const listed = await Promise.all(
      kinds.map(async ({ name: plural, kind, namespaced }) => {
        const resource: Resource = { group, version, plural, kind, namespaced }
        const { items } = await client.list(resource, namespace === undefined ? {} : { namespace })
        return items.map((object) => ({ resource, object: { ...object, apiVersion: groupVersion, kind } }))
      }),
    )
    return listed.flat()
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
