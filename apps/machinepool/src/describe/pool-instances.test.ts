import type { Machine, MachinePool } from '@machinepool/api'
import type { Node } from '@machinepool/kube'
import { describe, expect, test } from 'vitest'

import { poolInstances } from './pool-instances.ts'

const providerIDs = ['aws:///a/i-1', 'aws:///a/i-2']

function poolWith(nodeNames: readonly string[]): MachinePool {
  return {
    spec: { providerIDList: providerIDs },
    status: { nodeRefs: nodeNames.map((name) => ({ name })) },
  } as unknown as MachinePool
}

function node(name: string, providerID: string, ready: 'True' | 'False'): Node {
  return {
    metadata: { name },
    spec: { providerID },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  } as unknown as Node
}

const machine = {
  metadata: { name: 'workers-x' },
  spec: { providerID: 'aws:///a/i-2' },
  status: { phase: 'Running', nodeRef: { name: 'node-b' } },
} as unknown as Machine

describe('poolInstances', () => {
  test('matches Nodes by provider id, whatever the order, and says which are ready', () => {
    const nodes = [node('node-b', 'aws:///a/i-2', 'False'), node('node-a', 'aws:///a/i-1', 'True')]
    expect(poolInstances({ pool: poolWith([]), providerIDs, machines: [], nodes })).toEqual([
      { providerID: 'aws:///a/i-1', node: { name: 'node-a', ready: true } },
      { providerID: 'aws:///a/i-2', node: { name: 'node-b', ready: false } },
    ])
  })

  test('an instance without a Node has none, although the pool still remembers one', () => {
    const nodes = [node('node-b', 'aws:///a/i-2', 'True')]
    const [first] = poolInstances({ pool: poolWith(['node-a', 'node-b']), providerIDs, machines: [], nodes })
    expect(first).toEqual({ providerID: 'aws:///a/i-1' })
  })

  test('names the Machine and, while the workload cluster does not answer, its Node', () => {
    expect(poolInstances({ pool: poolWith(['node-b']), providerIDs, machines: [machine], nodes: undefined })).toEqual([
      { providerID: 'aws:///a/i-1' },
      {
        providerID: 'aws:///a/i-2',
        machine: { name: 'workers-x', phase: 'Running' },
        node: { name: 'node-b', ready: undefined },
      },
    ])
  })

  test('takes the references of the pool, where every instance has one', () => {
    const pool = poolWith(['node-a', 'node-b'])
    const instances = poolInstances({ pool, providerIDs: providerIDs.toReversed(), machines: [], nodes: undefined })
    expect(instances.map((one) => one.node?.name)).toEqual(['node-b', 'node-a'])
  })
})
