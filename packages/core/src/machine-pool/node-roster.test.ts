import type { MachinePool } from '@machinepool/api'
import { ObjectStore } from '@machinepool/kube'
import type { SlimNode, WorkloadCluster } from '@machinepool/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createNodeRosters } from './node-roster.ts'
import { summarizeNodes } from './node-summary.ts'
import { findNode, poolIndexValues, poolOfNodeIndex } from './pool-nodes.ts'
import { createMemberComparison } from './spec-from-references.ts'

const key = { namespace: 'default', name: 'np' }
const start = Date.parse('2026-03-01T12:00:00Z')

class CountedStore extends ObjectStore<SlimNode> {
  lookups = 0

  override byIndex(index: string, value: string): SlimNode[] {
    this.lookups += 1
    return super.byIndex(index, value)
  }
}

function createWorkload(): { store: CountedStore; workload: WorkloadCluster } {
  const store = new CountedStore()
  store.addIndex('providerID', ({ spec: { providerID } }) => (providerID === undefined ? [] : [providerID]))
  store.addIndex(poolOfNodeIndex, poolIndexValues)
  return { store, workload: { key, nodes: { store } } as unknown as WorkloadCluster }
}

let version = 0
function node(name: string, id: string, options: { ready?: boolean; since?: number; kubelet?: string } = {}): SlimNode {
  const { ready = true, since = start - 3_600_000, kubelet = 'v1.33.1' } = options
  version += 1
  const time = new Date(since).toISOString()
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `${name}-uid`, resourceVersion: String(version) },
    spec: { providerID: id },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time }],
      nodeInfo: { kubeletVersion: kubelet },
    },
  }
}

function poolOf(ids: readonly string[], minReadySeconds = 0): MachinePool {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...key, uid: 'pool' },
    spec: {
      clusterName: 'prod',
      providerIDList: [...ids],
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          minReadySeconds,
          bootstrap: {},
          infrastructureRef: { apiGroup: 'g', kind: 'K', name: 'np' },
        },
      },
    },
  }
}

const idOf = (index: number): string => `aws:///eu-west-1a/i-${index}`

describe('the roster of a pool', () => {
  it.each([50, 1_000, 5_000])('CAPI-A12 CAPI-D04 looks up one Node of %i when one changes', (count) => {
    const { store, workload } = createWorkload()
    const ids = Array.from({ length: count }, (_, index) => idOf(index))
    for (const [index, id] of ids.entries()) store.set(node(`n${index}`, id), false)
    const pool = poolOf(ids)
    const rosters = createNodeRosters(createMemberComparison())
    const first = rosters.view(workload, pool, pool, start)
    expect(first).toMatchObject({ whole: true, summary: { ready: count, missing: 0 } })
    store.lookups = 0
    store.set(node('n7', idOf(7), { ready: false }), false)
    rosters.touch(key, [idOf(7)])
    const second = rosters.view(workload, pool, pool, start)
    expect(store.lookups).toBe(1)
    expect(second).toMatchObject({ whole: false, summary: { ready: count - 1, notReady: ['n7'] } })
    expect(second.changed.map(({ metadata }) => metadata.name)).toEqual(['n7'])
    expect(second.summary.nodeRefs).toBe(first.summary.nodeRefs)
    expect(rosters.view(workload, pool, pool, start).changed).toEqual([])
    expect(store.lookups).toBe(1)
  })

  it('finds Nodes that joined, or left, while the cache did not know the list yet', () => {
    const { store, workload } = createWorkload()
    const rosters = createNodeRosters(createMemberComparison())
    store.set(node('gone', idOf(2)), false)
    const before = poolOf([])
    const written = poolOf([idOf(1), idOf(2)])
    expect(rosters.view(workload, written, before, start).summary).toMatchObject({ ready: 1, missing: 1 })
    // Nobody can tell whose they are, so nobody touches the roster.
    store.set(node('joined', idOf(1)), false)
    store.remove({ name: 'gone' })
    expect(rosters.view(workload, written, before, start).summary.nodeRefs).toMatchObject([{ name: 'gone' }])
    const caughtUp = poolOf([idOf(1), idOf(2)])
    const view = rosters.view(workload, caughtUp, caughtUp, start)
    expect(view.summary.nodeRefs).toMatchObject([{ name: 'joined' }])
    expect(view.changed.map(({ metadata }) => metadata.name)).toEqual(['joined'])
    store.lookups = 0
    rosters.view(workload, caughtUp, caughtUp, start)
    expect(store.lookups).toBe(0)
  })

  it('looks at everything again for another list, template or connection, and after trouble', () => {
    const { store, workload } = createWorkload()
    store.set(node('a', idOf(1)), false)
    const rosters = createNodeRosters(createMemberComparison())
    const isWhole = (pool: MachinePool, at = workload): boolean => rosters.view(at, pool, pool, start).whole
    expect(isWhole(poolOf([idOf(1)]))).toBe(true)
    expect(isWhole(poolOf([idOf(1)]))).toBe(false)
    expect(isWhole(poolOf([idOf(1), idOf(2)]))).toBe(true)
    expect(isWhole(poolOf([idOf(2), idOf(1)]))).toBe(false)
    expect(isWhole(poolOf([idOf(1), idOf(2)], 30))).toBe(true)
    const relabelled = poolOf([idOf(1), idOf(2)], 30)
    relabelled.spec.template.metadata = { labels: { a: 'b' } }
    expect(isWhole(relabelled)).toBe(true)
    rosters.invalidate(key)
    expect(isWhole(relabelled)).toBe(true)
    expect(isWhole(relabelled, createWorkload().workload)).toBe(true)
  })

  it('adds up to the same as counting anew, whatever happens', () => {
    const change = fc.record({
      index: fc.nat(7),
      what: fc.constantFrom('ready', 'notReady', 'old', 'gone', 'recreated', 'time'),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.constantFrom(0, 60), (changes, minReadySeconds) => {
        const { store, workload } = createWorkload()
        const ids = Array.from({ length: 6 }, (_, index) => idOf(index))
        const pool = poolOf(ids, minReadySeconds)
        const rosters = createNodeRosters(createMemberComparison())
        let now = start
        for (const { index, what } of changes) {
          const name = what === 'recreated' ? `again${index}` : `n${index}`
          if (what === 'time') now += 20_000
          else if (what === 'gone') store.remove({ name })
          else {
            const kubelet = what === 'old' ? 'v1.32.0' : 'v1.33.1'
            store.set(node(name, idOf(index), { ready: what !== 'notReady', since: now, kubelet }), false)
          }
          rosters.touch(key, what === 'time' ? [] : [idOf(index)])
          const anew = summarizeNodes({
            nodes: ids.map((id) => findNode(workload, id)),
            minReadySeconds,
            version: 'v1.33.1',
            now,
          })
          expect(rosters.view(workload, pool, pool, now).summary).toEqual(anew)
        }
      }),
      { numRuns: 150 },
    )
  })
})
