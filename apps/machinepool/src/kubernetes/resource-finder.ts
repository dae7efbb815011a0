import { isNotFound, type Client, type Resource } from '@machinepool/kube'

interface ApiResourceList {
  readonly groupVersion: string
  readonly resources: readonly {
    readonly name: string
    readonly singularName?: string
    readonly kind: string
    readonly namespaced: boolean
    readonly shortNames?: readonly string[]
    readonly verbs?: readonly string[]
  }[]
}

interface ApiGroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[]
}

/** The server does not serve the kind. */
export class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError'
}

/** Finds out where the server serves a kind. */
export interface ResourceFinder {
  /** @throws {UnknownKindError} when nothing serves the kind in that version */
  byKind(apiVersion: string, kind: string): Promise<Resource>
  /** By what a user types: plural, singular, kind or short name, optionally with `.group`; in the preferred version. */
  byName(name: string): Promise<Resource>
  /** Every kind of the groups that `wanted` accepts (the core group is empty) whose objects can be listed, in the preferred version. */
  ofGroups(wanted: (group: string) => boolean): Promise<Resource[]>
}

/** Asks the server's discovery once per group and version. */
export function createResourceFinder(client: Client): ResourceFinder {
  const lists = new Map<string, Promise<ApiResourceList | undefined>>()

  function list(groupVersion: string): Promise<ApiResourceList | undefined> {
    let answer = lists.get(groupVersion)
    if (!answer) {
      const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`
      answer = client.request('GET', path).then(
        (body) => body as ApiResourceList,
        (error: unknown) => {
          if (isNotFound(error)) return undefined
          throw error
        },
      )
      lists.set(groupVersion, answer)
    }
    return answer
  }

  return {
    async byKind(apiVersion, kind) {
      const resources = (await list(apiVersion))?.resources ?? []
      const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'))
      if (!found) throw new UnknownKindError(`the server has no kind ${kind} in ${apiVersion}`)
      return toResource(apiVersion, found)
    },

    async byName(name) {
      const [, wanted = name, group] = /^([^.]+)(?:\.(.+))?$/.exec(name.toLowerCase()) ?? []
      const { groups } = (await client.request('GET', '/apis')) as ApiGroupList
      const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)]
      for (const groupVersion of versions) {
        if (group !== undefined && groupVersion.split('/')[0] !== group) continue
        const resources = (await list(groupVersion))?.resources ?? []
        const found = resources.find(
          (resource) =>
            !resource.name.includes('/') &&
            [
              resource.name,
              resource.singularName,
              resource.kind.toLowerCase(),
              ...(resource.shortNames ?? []),
            ].includes(wanted),
        )
        if (found) return toResource(groupVersion, found)
      }
      throw new UnknownKindError(`the server has no kind ${JSON.stringify(name)}`)
    },

    async ofGroups(wanted) {
      const { groups } = (await client.request('GET', '/apis')) as ApiGroupList
      const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)]
      const chosen = versions.filter((version) => wanted(version.includes('/') ? (version.split('/')[0] ?? '') : ''))
      const found = await Promise.all(
        chosen.map(async (groupVersion) =>
          ((await list(groupVersion))?.resources ?? [])
            .filter(({ name, verbs = [] }) => !name.includes('/') && verbs.includes('list'))
            .map((resource) => toResource(groupVersion, resource)),
        ),
      )
      return found.flat()
    },
  }
}

function toResource(groupVersion: string, found: ApiResourceList['resources'][number]): Resource {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  return {
    group: group ?? '',
    version: version ?? '',
    kind: found.kind,
    plural: found.name,
    namespaced: found.namespaced,
  }
}
