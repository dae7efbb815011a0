import type { SlimNode } from '@machinepool/runtime'
import { describe, expect, it } from 'vitest'

import { chooseNode, sameKubernetesVersion, summarizeNodes } from './node-summary.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

function node(
  name: string,
  options: { ready?: boolean; since?: string; version?: string; created?: string } = {},
): SlimNode {
  const { ready = true, since = '2026-03-01T11:00:00Z', version = 'v1.33.1', created } = options
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `${name}-uid`, ...(created === undefined ? {} : { creationTimestamp: created }) },
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }],
      nodeInfo: { kubeletVersion: version },
    },
  }
}

const summarize = (nodes: (SlimNode | undefined)[], minReadySeconds = 0) =>
  summarizeNodes({ nodes, minReadySeconds, version: 'v1.33.1', now })

describe('summarizeNodes', () => {
  it('CAPI-038 refers to Nodes by name and UID in list order, leaving out instances without one', () => {
    const { nodeRefs, missing } = summarize([node('b'), undefined, node('a')])
    expect(nodeRefs).toEqual([
      { apiVersion: 'v1', kind: 'Node', name: 'b', uid: 'b-uid' },
      { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'a-uid' },
    ])
    expect(missing).toBe(1)
  })

  it('CAPI-039 refers to a Node that is not ready without counting it', () => {
    expect(summarize([node('a', { ready: false })])).toMatchObject({ ready: 0, available: 0, notReady: ['a'] })
  })

  it.each([
    ['2026-03-01T11:59:01Z', 0, 1_000],
    ['2026-03-01T11:59:00Z', 1, undefined],
  ])('CAPI-040 ready since %s with minReadySeconds 60: %i available', (since, available, nextAvailableInMs) => {
    const summary = summarize([node('a', { since })], 60)
    expect(summary).toMatchObject({ ready: 1, available })
    expect(summary.nextAvailableInMs).toBe(nextAvailableInMs)
  })

  it('CAPI-041 is not troubled by a list without any Node', () => {
    expect(summarize([undefined, undefined])).toMatchObject({ nodeRefs: [], ready: 0, missing: 2 })
  })

  it('hands out the references of the pass before while they are right', () => {
    const first = summarize([node('a'), node('b')]).nodeRefs
    const again = (nodes: SlimNode[]) => summarizeNodes({ nodes, minReadySeconds: 0, now, previous: first }).nodeRefs
    expect(again([node('a'), node('b', { ready: false })])).toBe(first)
    expect(again([node('b'), node('a')])).not.toBe(first)
    expect(again([node('a')])).toHaveLength(1)
  })
})

it.each([
  ['v1.33.1', 'v1.33.1', true],
  ['v1.33.1-eks-1a2b3c4', 'v1.33.1', true],
  ['v1.33.1+k3s1', 'v1.33.1', true],
  ['v1.33.1-gke.1000', 'v1.33.1', true],
  ['v1.33.10', 'v1.33.1', false],
  ['v1.33.1-rc.0', 'v1.33.1', false],
  ['v1.33.0', 'v1.33.1', false],
  ['', 'v1.33.1', false],
])('a kubelet %j is of version %s: %s', (kubelet, wanted, expected) => {
  expect(sameKubernetesVersion(kubelet, wanted)).toBe(expected)
})

it('chooses the youngest Node of one instance', () => {
  const old = node('old', { created: '2026-01-01T00:00:00Z' })
  const young = node('young', { created: '2026-02-01T00:00:00Z' })
  expect(chooseNode([old, young])).toBe(young)
  expect(chooseNode([young, old])).toBe(young)
  expect(chooseNode([])).toBeUndefined()
})
