import { ApiError, isNotFound, type Client, type Resource } from '@machinepool/kube'
import type { Clock } from '@machinepool/runtime'

/** A reference names a group and a kind that this API server does not serve. */
export class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError'

  constructor(apiGroup: string, kind: string) {
    super(`the API server serves no kind ${kind} in group ${apiGroup}; is its provider installed?`)
  }
}

export interface ExternalKinds {
  /**
   * Where objects of a referenced kind are served, in the version that implements the newest contract.
   * Throws `UnknownKindError` when the kind does not exist; API errors as they are.
   */
  resolve(reference: { readonly apiGroup: string; readonly kind: string }, signal?: AbortSignal): Promise<Resource>
}

interface GroupDocument {
  preferredVersion?: { version?: string }
  versions?: { version?: string }[]
}
interface ResourceDocument {
  resources?: { name?: string; kind?: string; namespaced?: boolean }[]
}
interface CrdMetadata {
  metadata?: { labels?: Record<string, string> }
}

const contracts = ['v1beta2', 'v1beta1'] as const
/** An upgraded provider may move its contract label to another version; five minutes bounds how long that goes unseen. */
const resolutionTtlMs = 5 * 60_000

/** References carry no version: it is in the CRD's contract label, or else the group's preferred one. */
export function createExternalKinds(client: Client, clock: Clock): ExternalKinds {
  const known = new Map<string, { resource: Resource; until: number }>()

  async function read<T>(path: string, signal: AbortSignal | undefined): Promise<T | undefined> {
    try {
      return (await client.request('GET', path, undefined, signal === undefined ? {} : { signal })) as T
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** Labels cannot be read where CRDs are forbidden to us or do not exist (aggregated APIs); discovery then decides. */
  async function contractVersion(
    crd: string,
    served: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    try {
      const found = await read<CrdMetadata>(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd}`, signal)
      return newestContractVersion(found?.metadata?.labels ?? {}, served)
    } catch (error) {
      if (error instanceof ApiError && error.code === 403) return undefined
      throw error
    }
  }

  async function look(apiGroup: string, kind: string, signal: AbortSignal | undefined): Promise<Resource> {
    const group = await read<GroupDocument>(`/apis/${apiGroup}`, signal)
    const preferred = group?.preferredVersion?.version
    const served = (group?.versions ?? []).flatMap(({ version }) => version ?? [])
    for (const version of new Set(preferred === undefined ? served : [preferred, ...served])) {
      // Asked one after the other: the preferred version nearly always has the kind.
      // oxlint-disable-next-line no-await-in-loop
      const document = await read<ResourceDocument>(`/apis/${apiGroup}/${version}`, signal)
      const entry = document?.resources?.find((resource) => resource.kind === kind && !resource.name?.includes('/'))
      if (entry?.name !== undefined) {
        // oxlint-disable-next-line no-await-in-loop
        const byContract = await contractVersion(`${entry.name}.${apiGroup}`, served, signal)
        return {
          group: apiGroup,
          version: byContract ?? version,
          kind,
          plural: entry.name,
          namespaced: entry.namespaced ?? true,
        }
      }
    }
    throw new UnknownKindError(apiGroup, kind)
  }

  return {
    async resolve({ apiGroup, kind }, signal) {
      const key = `${apiGroup}/${kind}`
      const cached = known.get(key)
      if (cached !== undefined && cached.until > clock.now()) return cached.resource
      const resource = await look(apiGroup, kind, signal)
      // The same object is handed out again while nothing changed, so that caches can compare by identity.
      const same = cached !== undefined && cached.resource.version === resource.version ? cached.resource : resource
      known.set(key, { resource: same, until: clock.now() + resolutionTtlMs })
      return same
    },
  }
}

/**
 * The newest version that implements the newest contract. A label's value lists versions joined by `_`, in any order.
 *
 * @param served the group's versions as discovery lists them: in Kubernetes' order, newest first.
 */
export function newestContractVersion(
  labels: Readonly<Record<string, string>>,
  served: readonly string[],
): string | undefined {
  for (const contract of contracts) {
    const listed = (labels[`cluster.x-k8s.io/${contract}`] ?? '').split('_').filter((version) => version !== '')
    const version = served.find((name) => listed.includes(name)) ?? listed.at(-1)
    if (version !== undefined) return version
  }
  return undefined
}
