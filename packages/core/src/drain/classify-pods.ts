import type { Pod } from '@machinepool/kube'

import { ruleForPod, type Labels, type MachineDrainRule } from './machine-drain-rules.ts'

/** What draining does with one pod. */
export type PodVerdict =
  /** It stays: of a DaemonSet, static, skipped by rule, or its end can never be seen. */
  | { readonly kind: 'skip'; readonly why: string }
  /** To be evicted, after all pods of a lower order are gone. */
  | { readonly kind: 'evict'; readonly order: number }
  /** Being deleted already: waited for. */
  | { readonly kind: 'terminating'; readonly order: number }
  /** A rule says to let it finish. */
  | { readonly kind: 'waitCompleted' }

export interface ClassifiedPod {
  readonly pod: Pod
  readonly verdict: PodVerdict
}

export interface ClassifyContext {
  /** Rules that apply to the machine, in order. */
  readonly rules: readonly MachineDrainRule[]
  readonly namespaceLabels: ReadonlyMap<string, Labels>
  /** `namespace/name` of DaemonSets that exist; a pod whose DaemonSet is gone is evicted like any other. */
  readonly daemonSetExists: (namespace: string, name: string) => boolean
  /**
   * The Node's kubelet does not answer, so nobody will ever confirm a deletion: a pod that was to be gone this long ago
   * is given up. Milliseconds; `undefined` while the Node answers.
   */
  readonly giveUpTerminatingAfterMs: number | undefined
  readonly now: number
}

const mirrorAnnotation = 'kubernetes.io/config.mirror'
const drainLabel = 'cluster.x-k8s.io/drain'

/**
 * Whom to evict: the rules of `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`, refined by the pod's
 * own drain label and by MachineDrainRules as in Cluster API.
 */
export function classifyPods(pods: readonly Pod[], context: ClassifyContext): readonly ClassifiedPod[] {
  return pods.map((pod) => ({ pod, verdict: classify(pod, context) }))
}

function classify(pod: Pod, context: ClassifyContext): PodVerdict {
  const labels = pod.metadata.labels ?? {}
  if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return { kind: 'skip', why: 'static pod' }
  const deletedAt = pod.metadata.deletionTimestamp
  if (deletedAt !== undefined && isGivenUp(deletedAt, context)) return { kind: 'skip', why: 'its Node does not answer' }
  const label = labels[drainLabel]?.toLowerCase()
  if (label === 'skip') return { kind: 'skip', why: `label ${drainLabel}` }
  if (label === 'waitcompleted') return waitCompleted(pod)
  if (ownedByLivingDaemonSet(pod, context)) return { kind: 'skip', why: 'of a DaemonSet' }
  const rule = ruleForPod(context.rules, labels, context.namespaceLabels.get(pod.metadata.namespace ?? '') ?? {})
  if (rule?.spec.drain.behavior === 'Skip') return { kind: 'skip', why: `MachineDrainRule ${rule.metadata.name ?? ''}` }
  if (rule?.spec.drain.behavior === 'WaitCompleted') return waitCompleted(pod)
  const order = rule?.spec.drain.order ?? 0
  return deletedAt === undefined ? { kind: 'evict', order } : { kind: 'terminating', order }
}

function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** A pod that has finished keeps nothing; it goes with its Node. */
function waitCompleted(pod: Pod): PodVerdict {
  return isFinished(pod) ? { kind: 'skip', why: 'completed' } : { kind: 'waitCompleted' }
}

function ownedByLivingDaemonSet(pod: Pod, { daemonSetExists }: ClassifyContext): boolean {
  const owner = daemonSetOwner(pod)
  return owner !== undefined && !isFinished(pod) && daemonSetExists(owner.namespace, owner.name)
}

export function daemonSetOwner(pod: Pod): { namespace: string; name: string } | undefined {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner?.kind !== 'DaemonSet') return undefined
  return { namespace: pod.metadata.namespace ?? '', name: owner.name }
}

function isGivenUp(deletedAt: string, { giveUpTerminatingAfterMs, now }: ClassifyContext): boolean {
  return giveUpTerminatingAfterMs !== undefined && now - Date.parse(deletedAt) >= giveUpTerminatingAfterMs
}

/** The pods of the lowest order that still has any; later orders wait until these are gone. */
export function currentGroup(pods: readonly ClassifiedPod[]): readonly ClassifiedPod[] {
  const orders = pods.map(({ verdict }) => orderOf(verdict)).filter((order) => order !== undefined)
  const lowest = Math.min(...orders)
  return pods.filter(({ verdict }) => orderOf(verdict) === lowest)
}

function orderOf(verdict: PodVerdict): number | undefined {
  switch (verdict.kind) {
    case 'skip':
      return undefined
    case 'waitCompleted':
      return 0
    case 'evict':
    case 'terminating':
      return verdict.order
  }
}
