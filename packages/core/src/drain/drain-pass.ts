import {
  daemonSets,
  isNotFound,
  namespaces,
  nodes,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  volumeAttachments,
  type Client,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type PodDisruptionBudget,
  type VolumeAttachment,
} from '@machinepool/kube'

import { mapBounded } from './bounded.ts'
import { classifyPods, currentGroup, daemonSetOwner, type ClassifiedPod } from './classify-pods.ts'
import { cordon } from './cordon.ts'
import { evictPod } from './evict.ts'
import { askAboutNamespaces, type Labels, type MachineDrainRule } from './machine-drain-rules.ts'
import { listPaged } from './pages.ts'
import type { BlockedPod, DrainProgress } from './progress.ts'
import { attachedVolumes } from './volumes.ts'

export interface DrainTarget {
  readonly node: string
  readonly incarnation: string
}

export interface DrainOptions {
  /** Rules that apply to the pool's machines. */
  readonly rules: readonly MachineDrainRule[]
  /** False: annotation `exclude-node-draining`; the Node is only cordoned. */
  readonly evict: boolean
  /** False: annotation `exclude-wait-for-node-volume-detach`. */
  readonly waitForVolumes: boolean
  /** Node annotation that remembers our cordon. */
  readonly cordonAnnotation: string
  readonly now: number
  readonly signal: AbortSignal
}

const nodesAtOnce = 8
const podsAtOnce = 10
/** As upstream: a pod on an unreachable Node is given up five minutes after it was to be gone. */
const giveUpTerminatingAfterMs = 5 * 60_000

/**
 * One pass over Nodes that are to be emptied: cordon, evict what may be evicted now, report what is left. Never waits for
 * anything (R16); the next pass goes on. One Node's trouble never fails another's.
 */
export async function drainPass(
  client: Client,
  targets: readonly DrainTarget[],
  options: DrainOptions,
): Promise<ReadonlyMap<string, DrainProgress>> {
  const reads = sharedReads(client, options)
  const results = await mapBounded(targets, nodesAtOnce, async (target) => {
    const progress = await drainNode(client, target, options, reads).catch((error: unknown) =>
      failed(target.node, error),
    )
    return [target.incarnation, progress] as const
  })
  return new Map(results)
}

async function drainNode(
  client: Client,
  { node: name, incarnation }: DrainTarget,
  options: DrainOptions,
  reads: SharedReads,
): Promise<DrainProgress> {
  const node = await getNode(client, name, options.signal)
  if (node === undefined) return done(name)
  await cordon(client, node, { annotation: options.cordonAnnotation, incarnation }, options.signal)
  const unreachable = isUnreachable(node)
  const classified = options.evict ? await classifyNode(client, name, unreachable, options, reads) : []
  const group = currentGroup(classified)
  if (group.length > 0) return evictGroup(client, name, classified, group, unreachable, reads)
  // Nobody can detach the volumes of a Node that does not answer; waiting for it would keep it for ever.
  if (!options.waitForVolumes || unreachable) return done(name)
  const left = attachedVolumes(
    name,
    await reads.attachments(),
    classified.map(({ pod }) => pod),
    classified.length === 0 ? [] : await reads.claims(),
  )
  return left.length === 0 ? done(name) : { ...done(name), phase: 'volumes', volumesLeft: left.length }
}

async function classifyNode(
  client: Client,
  name: string,
  unreachable: boolean,
  options: DrainOptions,
  reads: SharedReads,
): Promise<readonly ClassifiedPod[]> {
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${name}`, signal: options.signal })
  return classifyPods(items, {
    rules: options.rules,
    namespaceLabels: askAboutNamespaces(options.rules) ? await reads.namespaceLabels() : new Map(),
    daemonSetExists: await reads.daemonSets(items),
    giveUpTerminatingAfterMs: unreachable ? giveUpTerminatingAfterMs : undefined,
    now: options.now,
  })
}

async function evictGroup(
  client: Client,
  node: string,
  all: readonly ClassifiedPod[],
  group: readonly ClassifiedPod[],
  unreachable: boolean,
  reads: SharedReads,
): Promise<DrainProgress> {
  const evictable = group.flatMap(({ pod, verdict }) => (verdict.kind === 'evict' ? [pod] : []))
  const outcomes = await mapBounded(evictable, podsAtOnce, async (pod) => ({
    pod: `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`,
    outcome: await evictPod(client, pod, { budgets: reads.budgets, ...(unreachable && { gracePeriodSeconds: 1 }) }),
  }))
  const blocked: BlockedPod[] = []
  for (const { pod, outcome } of outcomes) {
    if (outcome.kind === 'blocked') blocked.push({ pod, by: outcome.by })
    if (outcome.kind === 'failed') blocked.push({ pod, by: `an error (${outcome.error})` })
  }
  const podsLeft = all.filter(({ verdict }) => verdict.kind !== 'skip').length
  return { node, phase: 'pods', podsLeft, blocked, volumesLeft: 0 }
}

async function getNode(client: Client, name: string, signal: AbortSignal): Promise<Node | undefined> {
  try {
    return await client.get(nodes, { name }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function isUnreachable(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown') ?? false
}

function done(node: string): DrainProgress {
  return { node, phase: 'done', podsLeft: 0, blocked: [], volumesLeft: 0 }
}

function failed(node: string, error: unknown): DrainProgress {
  return { ...done(node), phase: 'failed', error: error instanceof Error ? error.message : String(error) }
}

/** Reads that many Nodes of one pass share; each is made at most once, and only when somebody asks. */
interface SharedReads {
  readonly attachments: () => Promise<readonly VolumeAttachment[]>
  readonly claims: () => Promise<readonly PersistentVolumeClaim[]>
  readonly namespaceLabels: () => Promise<ReadonlyMap<string, Labels>>
  readonly budgets: (namespace: string) => Promise<readonly PodDisruptionBudget[]>
  readonly daemonSets: (items: readonly Pod[]) => Promise<(namespace: string, name: string) => boolean>
}

function sharedReads(client: Client, { signal }: DrainOptions): SharedReads {
  const budgets = new Map<string, Promise<readonly PodDisruptionBudget[]>>()
  const daemonSetReads = new Map<string, Promise<boolean>>()
  return {
    attachments: once(() => listPaged(client, volumeAttachments, { signal })),
    claims: once(() => listPaged(client, persistentVolumeClaims, { signal })),
    namespaceLabels: once(async () => {
      const all = await listPaged(client, namespaces, { signal })
      return new Map(all.map(({ metadata }) => [metadata.name ?? '', metadata.labels ?? {}]))
    }),
    budgets: (namespace) =>
      getOrAdd(budgets, namespace, async () => (await client.list(podDisruptionBudgets, { namespace, signal })).items),
    daemonSets: async (items) => {
      const owners = items.map(daemonSetOwner).filter((owner) => owner !== undefined)
      const existing = new Set<string>()
      await mapBounded(owners, podsAtOnce, async ({ namespace, name }) => {
        const key = `${namespace}/${name}`
        if (await getOrAdd(daemonSetReads, key, () => exists(client, namespace, name, signal))) existing.add(key)
      })
      return (namespace, name) => existing.has(`${namespace}/${name}`)
    },
  }
}

async function exists(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(daemonSets, { namespace, name }, { signal })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= read())
}

function getOrAdd<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before) return before
  const result = read()
  known.set(key, result)
  return result
}
