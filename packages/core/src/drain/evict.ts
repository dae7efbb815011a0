import { ApiError, isNotFound, type Client, type Pod, type PodDisruptionBudget } from '@machinepool/kube'

import { matchesSelector } from './label-selector.ts'

export type EvictionOutcome =
  /** On its way out, or gone already. */
  | { readonly kind: 'accepted' }
  /** A PodDisruptionBudget does not allow it now. */
  | { readonly kind: 'blocked'; readonly by: string }
  | { readonly kind: 'failed'; readonly error: string }

/**
 * One attempt through the eviction API, which honours PodDisruptionBudgets.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export async function evictPod(
  client: Client,
  pod: Pod,
  options: {
    readonly gracePeriodSeconds?: number
    readonly budgets: (namespace: string) => Promise<readonly PodDisruptionBudget[]>
  },
): Promise<EvictionOutcome> {
  const { name = '', namespace = '', uid } = pod.metadata
  const { gracePeriodSeconds } = options
  try {
    await client.createSubresource(podResource, { namespace, name }, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: {
        ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        // A pod of the same name that came back in between is another pod.
        ...(uid !== undefined && { preconditions: { uid } }),
      },
    })
    return { kind: 'accepted' }
  } catch (error) {
    if (isNotFound(error)) return { kind: 'accepted' }
    if (!(error instanceof ApiError)) return { kind: 'failed', error: messageOf(error) }
    if (error.code === 429) return { kind: 'blocked', by: await nameBlocker(pod, error, options.budgets) }
    // The precondition failed: the pod we saw is gone, its successor is seen in the next pass.
    if (error.code === 409) return { kind: 'accepted' }
    if (error.code === 403 && hasCause(error, 'NamespaceTerminating'))
      return { kind: 'blocked', by: 'its terminating namespace' }
    return { kind: 'failed', error: error.message }
  }
}

const podResource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true } as const

function hasCause(error: ApiError, cause: string): boolean {
  return error.status.details?.causes?.some(({ reason }) => reason === cause) ?? false
}

/** The refusal names the budget in prose only, so it is looked up. A server that has too much to do answers 429 as well. */
async function nameBlocker(
  pod: Pod,
  refusal: ApiError,
  budgets: (namespace: string) => Promise<readonly PodDisruptionBudget[]>,
): Promise<string> {
  const all = await budgets(pod.metadata.namespace ?? '').catch(() => [])
  const names = all
    .filter(({ spec }) => spec?.selector !== undefined && matchesSelector(spec.selector, pod.metadata.labels))
    .map(({ metadata }) => metadata.name ?? '')
  if (names.length > 0) return `PDB ${names.toSorted().join(', ')}`
  return hasCause(refusal, 'DisruptionBudget') ? 'a PodDisruptionBudget' : 'an API server that is too busy'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
