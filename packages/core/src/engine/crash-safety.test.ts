import { doubles, type DoubleName } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { nodes } from '@machinepool/kube'

import { engineAnnotations } from './names.ts'
import { PoolLife } from './pool-life.test.support.ts'
import { Watcher } from './watcher.test.support.ts'

const hour = 3_600_000

const settled = (instanceType: string, count: number) => (life: PoolLife) =>
  life.live().length === count &&
  life.all().length === count &&
  life.live().every((instance) => instance.instanceType === instanceType && life.node(instance) !== undefined) &&
  life.object?.spec?.providerIDList?.length === count &&
  life.condition('Ready')?.status === 'True' &&
  life.condition('RollingOut') === undefined

/** What must be equal, however often the process ended: everything but names and times. */
function endState(life: PoolLife): unknown {
  const { spec, status, metadata } = life.object ?? {}
  return {
    groups: life.cloud
      .groups()
      .map(({ name, desired, min, max, tags, holdOwner }) => ({ name, desired, min, max, tags, holdOwner })),
    templates: life.cloud.templates().map(({ image, instanceType, tags }) => ({ image, instanceType, tags })),
    instances: life.all().map(({ instanceType, state }) => ({ instanceType, state })),
    nodes: life.workload
      .store(nodes)
      .list()
      .map(({ spec: node, metadata: meta }) => ({
        cordoned: node?.unschedulable ?? false,
        mark: meta.annotations?.[engineAnnotations.nodeCordonedFor],
      })),
    listed: spec?.providerIDList?.length,
    ledger: metadata?.annotations?.[engineAnnotations.ledger],
    replicas: status?.replicas,
    conditions: ((status?.['conditions'] ?? []) as unknown as { type: string; status: string; reason: string }[]).map(
      ({ type, status: state, reason }) => ({ type, state, reason }),
    ),
  }
}

/** Create, scale up, roll, roll again in the middle of that, scale down with a drain, delete. */
async function liveThrough(life: PoolLife): Promise<readonly unknown[]> {
  const states: unknown[] = []
  const phase = async (done: (life: PoolLife) => boolean) => {
    expect(await life.run(3 * hour, done)).toBe(true)
    states.push(endState(life))
  }
  await phase(settled('small', 2))
  life.setReplicas(3)
  await phase(settled('small', 3))
  life.setSpec({ instanceType: 'large' })
  await life.run(hour, () => life.live().some(({ instanceType }) => instanceType === 'large'))
  life.setSpec({ instanceType: 'huge' })
  await phase(settled('huge', 3))
  life.setReplicas(1)
  await phase(settled('huge', 1))
  life.delete()
  await life.run(hour)
  states.push(endState(life))
  return states
}

function makeLife(family: DoubleName, watcher: Watcher): PoolLife {
  return new PoolLife({ behaviour: doubles[family], replicas: 2, podsPerNode: 1, watch: watcher.look })
}

describe.each(Object.keys(doubles) as DoubleName[])('a process that ends at any write, family %s', (family) => {
  it('leaves the same cloud and the same objects as one that lives on', async () => {
    const first = new PoolLife({ behaviour: doubles[family], replicas: 2, podsPerNode: 1 })
    const expected = await liveThrough(first)
    const counts = {
      cloud: first.cloud.writes.length,
      management: first.management.writes.length,
      workload: first.workload.writes.length,
    }
    expect(counts.cloud).toBeGreaterThan(8)
    expect(expected.at(-1)).toMatchObject({ groups: [], templates: [], instances: [] })

    for (const [where, count] of Object.entries(counts)) {
      for (let at = 0; at < count; at++) {
        for (const effect of ['before', 'after'] as const) {
          const watcher = new Watcher()
          // This family's cloud empties its instances itself.
          watcher.allowForced = family === 'selfRolling'
          const life = makeLife(family, watcher)
          if (where === 'cloud') {
            life.cloud.arm({ target: 'write', after: at, effect: effect === 'before' ? 'killBefore' : 'killAfter' })
          } else {
            const kube = where === 'management' ? life.management : life.workload
            kube.killAt = { skip: at, effect }
          }
          // One life after the other keeps a failure readable.
          // oxlint-disable-next-line no-await-in-loop
          const states = await liveThrough(life)
          const label = `killed ${effect} write ${at} to ${where}`
          expect({ label, states, violations: watcher.violations, restarts: life.restarts }).toEqual({
            label,
            states: expected,
            violations: [],
            restarts: 1,
          })
        }
      }
    }
  }, 300_000)
})
