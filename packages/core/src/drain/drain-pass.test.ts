import {
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
