import type { MachinePool } from '@machinepool/api'
import type { SlimNode } from '@machinepool/runtime'
import { describe, expect, it } from 'vitest'

import { belongsOnNode, nodeMarker } from './node-metadata.ts'

const marks = {
  'cluster.x-k8s.io/cluster-name': 'prod',
  'cluster.x-k8s.io/cluster-namespace': 'default',
  'cluster.x-k8s.io/owner-kind': 'MachinePool',
  'cluster.x-k8s.io/owner-name': 'np',
}

function pool(labels?: Record<string, string>): MachinePool {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace: 'default', name: 'np' },
    spec: {
      clusterName: 'prod',
      template: {
        ...(labels === undefined ? {} : { metadata: { labels } }),
        spec: {
          clusterName: 'prod',
          bootstrap: { dataSecretName: '' },
          infrastructureRef: { apiGroup: 'g', kind: 'K', name: 'np' },
        },
      },
    },
  }
}

function node(change: Partial<SlimNode['metadata']> = {}, taints: SlimNode['spec']['taints'] = []): SlimNode {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', annotations: marks, ...change },
    spec: { taints },
    status: {},
  }
}

describe('nodeMarker', () => {
  it('writes nothing to a Node that is as it should be', () => {
    expect(nodeMarker(pool(), { labels: true })(node())).toBeUndefined()
  })

  it('repairs one annotation alone', () => {
    const changed = node({ annotations: { ...marks, 'cluster.x-k8s.io/owner-name': 'other' } })
    expect(nodeMarker(pool(), { labels: true })(changed)).toEqual({
      metadata: { metadata: { annotations: { 'cluster.x-k8s.io/owner-name': 'np' } } },
    })
  })

  it('takes out the taint of that key and effect where it is', () => {
    const key = 'node.cluster.x-k8s.io/uninitialized'
    const tainted = node({}, [
      { key, effect: 'NoExecute' },
      { key, effect: 'NoSchedule' },
    ])
    expect(nodeMarker(pool(), { labels: true })(tainted)).toEqual({
      taints: [
        { op: 'test', path: '/spec/taints/1/key', value: key },
        { op: 'test', path: '/spec/taints/1/effect', value: 'NoSchedule' },
        { op: 'remove', path: '/spec/taints/1' },
      ],
    })
  })

  it('puts on labels that belong on Nodes, remembers them, and takes away exactly those', () => {
    const labels = { 'node-role.kubernetes.io/worker': '', 'node.cluster.x-k8s.io/tier': 'web', team: 'a' }
    const first = nodeMarker(pool(labels), { labels: true })(node())
    const remembered = 'node-role.kubernetes.io/worker,node.cluster.x-k8s.io/tier'
    expect(first?.metadata).toEqual({
      metadata: {
        annotations: { 'cluster.x-k8s.io/labels-from-machine': remembered },
        labels: { 'node-role.kubernetes.io/worker': '', 'node.cluster.x-k8s.io/tier': 'web' },
      },
    })
    const marked = node({
      annotations: { ...marks, 'cluster.x-k8s.io/labels-from-machine': remembered },
      labels: {
        'node-role.kubernetes.io/worker': '',
        'node.cluster.x-k8s.io/tier': 'web',
        'node.cluster.x-k8s.io/mine': 'x',
      },
    })
    expect(nodeMarker(pool(labels), { labels: true })(marked)).toBeUndefined()
    expect(nodeMarker(pool({ 'node.cluster.x-k8s.io/tier': 'db' }), { labels: true })(marked)?.metadata).toEqual({
      metadata: {
        annotations: { 'cluster.x-k8s.io/labels-from-machine': 'node.cluster.x-k8s.io/tier' },
        labels: { 'node-role.kubernetes.io/worker': null, 'node.cluster.x-k8s.io/tier': 'db' },
      },
    })
  })

  it('leaves labels to the Machine controller where there are Machines', () => {
    expect(nodeMarker(pool({ 'node.cluster.x-k8s.io/tier': 'web' }), { labels: false })(node())).toBeUndefined()
  })
})

it.each([
  ['node-role.kubernetes.io/worker', true],
  ['sub.node-role.kubernetes.io/worker', false],
  ['node-restriction.kubernetes.io/x', true],
  ['my.node-restriction.kubernetes.io/x', true],
  ['node.cluster.x-k8s.io/x', true],
  ['a.node.cluster.x-k8s.io/x', true],
  ['evilnode.cluster.x-k8s.io/x', false],
  ['cluster.x-k8s.io/x', false],
  ['team', false],
])('label %s belongs on Nodes: %s', (key, expected) => {
  expect(belongsOnNode(key)).toBe(expected)
})
