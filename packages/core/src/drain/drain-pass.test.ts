import {
  ApiError,
  daemonSets,
  nodes,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  volumeAttachments,
  type Node,
  type Pod,
} from '@machinepool/kube'
import { beforeEach, describe, expect, it } from 'vitest'

import { MemoryKube } from '../engine/memory-kube.test.support.ts'
import { uncordon } from './cordon.ts'
import { drainPass, type DrainOptions } from './drain-pass.ts'
import type { MachineDrainRule } from './machine-drain-rules.ts'
import { describeDrain } from './progress.ts'

const now = Date.UTC(2030, 0, 1)
const annotation = 'example.com/cordoned-for'
const target = { node: 'node-1', incarnation: 'life-1' }
const options: DrainOptions = {
  rules: [],
  evict: true,
  waitForVolumes: true,
  cordonAnnotation: annotation,
  now,
  signal: new AbortController().signal,
}

let kube: MemoryKube
beforeEach(() => {
  kube = new MemoryKube()
  putNode('True')
})

function putNode(ready: 'True' | 'False' | 'Unknown', spec: Node['spec'] = {}): void {
  kube.put(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
    spec,
    status: { conditions: [{ type: 'Ready', status: ready }] },
  })
}

function putPod(name: string, change: Partial<Pod> = {}): void {
  kube.put(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'app', name, labels: { app: name } },
    status: { phase: 'Running' },
    ...change,
    spec: { nodeName: 'node-1', ...change.spec },
  })
}

async function pass(change: Partial<DrainOptions> = {}) {
  const result = await drainPass(kube.client({ ended: false }), [target], { ...options, ...change })
  return result.get('life-1')!
}

const node = () => kube.store(nodes).get({ name: 'node-1' })
const left = () =>
  kube
    .store(pods)
    .list()
    .map(({ metadata }) => metadata.name)

function orderOf(app: string, order: number): MachineDrainRule {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachineDrainRule',
    metadata: { name: app },
    spec: { drain: { behavior: 'Drain', order }, pods: [{ selector: { matchLabels: { app } } }] },
  }
}

describe('a pass over a Node', () => {
  it('cordons it for the incarnation and evicts what may go', async () => {
    putPod('web')
    putPod('api')
    expect(await pass()).toMatchObject({ phase: 'pods', podsLeft: 2, blocked: [] })
    expect(node()?.spec?.unschedulable).toBe(true)
    expect(node()?.metadata.annotations?.[annotation]).toBe('life-1')
    expect(left()).toEqual([])
    expect(await pass()).toMatchObject({ phase: 'done' })
  })

  it('names the budget that keeps a pod', async () => {
    putPod('web')
    kube.put(podDisruptionBudgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace: 'app', name: 'web-budget' },
      spec: { selector: { matchLabels: { app: 'web' } } },
    })
    kube.protectedPods.add('app/web')
    expect(describeDrain(await pass())).toBe('draining node-1: 1 pod left, app/web blocked by PDB web-budget')
    kube.protectedPods.clear()
    await pass()
    expect(await pass()).toMatchObject({ phase: 'done' })
  })

  it.each([
    ['gone already', new ApiError(404, { reason: 'NotFound' }, 'POST'), []],
    ['replaced by another pod of the name', new ApiError(409, { reason: 'Conflict' }, 'POST'), []],
    [
      'kept by a budget that is not found',
      new ApiError(429, { details: { causes: [{ reason: 'DisruptionBudget' }] } }, 'POST'),
      ['a PodDisruptionBudget'],
    ],
    ['refused by a server that has too much to do', new ApiError(429, {}, 'POST'), ['an API server that is too busy']],
    [
      'in a namespace that goes',
      new ApiError(403, { details: { causes: [{ reason: 'NamespaceTerminating' }] } }, 'POST'),
      ['its terminating namespace'],
    ],
    ['not ours to evict', new ApiError(403, { message: 'forbidden' }, 'POST'), ['an error (forbidden)']],
    [
      'of more than one budget',
      new ApiError(500, { reason: 'InternalError', message: 'This pod has more than one PodDisruptionBudget' }, 'POST'),
      ['an error (This pod has more than one PodDisruptionBudget)'],
    ],
  ])('a pod that is %s is looked at again in the next pass', async (_name, refusal, blockers) => {
    putPod('web')
    const client = { ...kube.client({ ended: false }), createSubresource: () => Promise.reject(refusal) }
    const progress = (await drainPass(client, [target], options)).get('life-1')
    expect(progress).toMatchObject({ phase: 'pods', podsLeft: 1 })
    expect(progress?.blocked.map(({ by }) => by)).toEqual(blockers)
  })

  it('asks for exactly the pod that it has seen, and gives a Node that does not answer one second', async () => {
    putPod('web')
    const sent: unknown[] = []
    const client = {
      ...kube.client({ ended: false }),
      createSubresource: (_resource: unknown, _key: unknown, _name: unknown, body: unknown) => {
        sent.push(body)
        return Promise.resolve(undefined as never)
      },
    }
    const { uid } = kube.store(pods).get({ namespace: 'app', name: 'web' })!.metadata
    await drainPass(client, [target], options)
    putNode('Unknown')
    await drainPass(client, [target], options)
    expect(sent.map((body) => (body as { deleteOptions: unknown }).deleteOptions)).toEqual([
      { preconditions: { uid } },
      { gracePeriodSeconds: 1, preconditions: { uid } },
    ])
  })

  it('waits for pods that are on their way out and evicts them no second time', async () => {
    const metadata = { namespace: 'app', name: 'slow', deletionTimestamp: new Date(now + 30_000).toISOString() }
    putPod('slow', { metadata })
    expect(await pass()).toMatchObject({ phase: 'pods', podsLeft: 1, blocked: [] })
    expect(kube.writes.filter(({ verb }) => verb === 'evict')).toEqual([])
  })

  it('evicts the pods of one order only, and counts all', async () => {
    putPod('first')
    putPod('last')
    const rules = [orderOf('first', -5), orderOf('last', 5)]
    expect(await pass({ rules })).toMatchObject({ podsLeft: 2 })
    expect(left()).toEqual(['last'])
    expect(await pass({ rules })).toMatchObject({ podsLeft: 1 })
    expect(left()).toEqual([])
  })

  it('leaves pods of DaemonSets', async () => {
    kube.put(daemonSets, { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { namespace: 'app', name: 'agent' } })
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u', controller: true }]
    putPod('agent-1', { metadata: { namespace: 'app', name: 'agent-1', ownerReferences } })
    expect(await pass()).toMatchObject({ phase: 'done' })
    expect(left()).toEqual(['agent-1'])
  })

  it('waits for the volumes of drained pods, not for those of pods that stay', async () => {
    const claim = { name: 'data', persistentVolumeClaim: { claimName: 'kept' } }
    putPod('static', {
      metadata: { namespace: 'app', name: 'static', annotations: { 'kubernetes.io/config.mirror': '' } },
      spec: { volumes: [claim] },
    })
    kube.put(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { namespace: 'app', name: 'kept' },
      spec: { volumeName: 'pv-kept' },
    })
    const attach = (volume: string) =>
      kube.put(volumeAttachments, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: `attach-${volume}` },
        spec: { nodeName: 'node-1', source: { persistentVolumeName: volume } },
        status: { attached: true },
      })
    attach('pv-kept')
    attach('pv-drained')
    expect(await pass()).toMatchObject({ phase: 'volumes', volumesLeft: 1 })
    expect(await pass({ waitForVolumes: false })).toMatchObject({ phase: 'done' })
    kube.store(volumeAttachments).remove({ name: 'attach-pv-drained' })
    expect(await pass()).toMatchObject({ phase: 'done' })
  })

  it('waits for no volume of a Node that does not answer', async () => {
    putNode('Unknown')
    kube.put(volumeAttachments, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name: 'attach' },
      spec: { nodeName: 'node-1', source: { persistentVolumeName: 'pv' } },
      status: { attached: true },
    })
    expect(await pass()).toMatchObject({ phase: 'done' })
  })

  it('only cordons where draining is excluded', async () => {
    putPod('web')
    expect(await pass({ evict: false })).toMatchObject({ phase: 'done' })
    expect(node()?.spec?.unschedulable).toBe(true)
    expect(left()).toEqual(['web'])
  })

  it('is done with a Node that is gone', async () => {
    kube.store(nodes).remove({ name: 'node-1' })
    expect(await pass()).toMatchObject({ phase: 'done' })
  })

  it('keeps one Node’s trouble from the others', async () => {
    putPod('web')
    kube.put(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-2' } })
    const client = kube.client({ ended: false })
    const broken = {
      ...client,
      get: ((resource, key, given) =>
        key.name === 'node-1'
          ? Promise.reject(new Error('no answer'))
          : client.get(resource, key, given)) as typeof client.get,
    }
    const result = await drainPass(broken, [target, { node: 'node-2', incarnation: 'life-2' }], options)
    expect(result.get('life-1')).toMatchObject({ phase: 'failed', error: 'no answer' })
    expect(result.get('life-2')).toMatchObject({ phase: 'done' })
  })
})

describe('uncordoning', () => {
  const mark = { annotation, incarnation: 'life-1' }

  it('undoes our own cordon', async () => {
    await pass()
    await uncordon(kube.client({ ended: false }), 'node-1', mark, options.signal)
    expect(node()?.spec?.unschedulable).toBeUndefined()
    expect(node()?.metadata.annotations?.[annotation]).toBeUndefined()
  })

  it('leaves the cordon of somebody else', async () => {
    putNode('True', { unschedulable: true })
    await pass()
    expect(node()?.metadata.annotations).toBeUndefined()
    await uncordon(kube.client({ ended: false }), 'node-1', mark, options.signal)
    expect(node()?.spec?.unschedulable).toBe(true)
  })
})
