import { createRandom, doubles, type DoubleName } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { nodes } from '@machinepool/kube'

import { MachineCore } from './machines/core.test.support.ts'
import { engineAnnotations } from './names.ts'
import { PoolLife } from './pool-life.test.support.ts'
import { Watcher } from './watcher.test.support.ts'

const minute = 60_000
const hour = 60 * minute
const seedsPerFamily = 20

type Happening = (life: PoolLife, pick: (limit: number) => number) => void

/** What people and clouds do to a pool. */
const happenings: readonly Happening[] = [
  (life, pick) => life.setReplicas(pick(6)),
  (life, pick) => life.setReplicas(pick(6)),
  (life, pick) => life.setSpec({ instanceType: `type-${pick(4)}` }),
  (life, pick) => life.setSpec({ rollout: { maxSurge: pick(3), maxUnavailable: pick(2) } }),
  (life, pick) => onOne(life, pick, ({ name }) => life.cloud.terminate(name)),
  (life, pick) => onOne(life, pick, ({ name }) => life.cloud.lose(name)),
  (life, pick) => {
    // Where nobody can choose an instance nobody can replace a failed one: that is said in a condition.
    if (life.cloud.behaviour.removal === 'none') return
    onOne(life, pick, ({ name }) => life.cloud.setState(name, 'failed'))
  },
  (life) => life.restart(),
  (life, pick) =>
    life.cloud.arm({ target: 'write', after: pick(3), effect: pick(2) === 0 ? 'killBefore' : 'killAfter' }),
  (life, pick) => life.cloud.arm({ target: 'any', after: pick(5), times: pick(4), effect: { error: 'RateExceeded' } }),
  (life, pick) => life.cloud.arm({ target: 'write', after: pick(3), effect: 'loseAnswer' }),
  (life, pick) => life.cloud.lag(pick(3) * 4_000, { scattered: pick(2) === 0 }),
  (life, pick) => void (life.management.killAt = { skip: pick(5), effect: pick(2) === 0 ? 'before' : 'after' }),
  (life) => void (life.connected = !life.connected),
]

function onOne(life: PoolLife, pick: (limit: number) => number, act: (instance: { name: string }) => void): void {
  const live = life.live().filter(({ state }) => state === 'running')
  if (live.length > 0) act(live[pick(live.length)]!)
}

function converged(life: PoolLife, replicas: number, instanceType: unknown): boolean {
  return (
    life.all().length === replicas &&
    life
      .live()
      .every(
        (instance) =>
          instance.state === 'running' && instance.instanceType === instanceType && life.node(instance) !== undefined,
      ) &&
    (life.object?.spec?.providerIDList ?? []).length === replicas &&
    life.workload
      .store(nodes)
      .list()
      .every(({ spec }) => spec?.unschedulable !== true) &&
    life.condition('Ready')?.status === 'True' &&
    life.object?.metadata.annotations?.[engineAnnotations.ledger] === undefined
  )
}

describe.each(Object.keys(doubles) as DoubleName[])('a pool of family %s', (family) => {
  it.each(Array.from({ length: seedsPerFamily }, (_, index) => index + 1))(
    'comes to what is wished after anything that may happen (seed %i)',
    async (seed) => {
      const random = createRandom(seed)
      const watcher = new Watcher()
      // Instances are lost and connections cut here: pods may go with them. The list is watched all the same.
      watcher.allowForced = true
      // Every other pool has Machines, and every other of these a controller for them.
      const machines = seed % 2 === 0
      const core = new MachineCore({ controller: seed % 4 === 0 })
      const watch = (one: PoolLife) => {
        watcher.look(one)
        if (machines) core.act(one)
      }
      const behaviour = { ...doubles[family], ...(seed % 3 === 0 && { announceMs: 7_000 }) }
      const life = new PoolLife({ behaviour, replicas: 3, podsPerNode: 1, seed, machines, watch })
      for (let index = 0; index < 14; index++) {
        happenings[random.integer(happenings.length)]!(life, (limit) => random.integer(limit))
        // oxlint-disable-next-line no-await-in-loop
        await life.run(random.integer(4) * minute)
      }
      life.cloud.disarm()
      life.cloud.lag(0)
      life.management.killAt = undefined
      life.connected = true
      const replicas = life.machinePool?.spec.replicas ?? 0
      const instanceType = life.object?.spec?.['instanceType']
      await life.run(6 * hour, (one) => converged(one, replicas, instanceType))
      expect({
        converged: converged(life, replicas, instanceType),
        wanted: { replicas, instanceType },
        is: life.all().map((instance) => `${instance.name} ${instance.state} ${instance.instanceType}`),
        conditions: life.object?.status?.['conditions'],
        ledger: life.object?.metadata.annotations?.[engineAnnotations.ledger],
        violations: watcher.violations,
      }).toMatchObject({ converged: true, violations: [] })

      life.delete()
      await life.run(2 * hour)
      expect([life.object, life.cloud.groups(), life.cloud.templates(), life.all()]).toEqual([undefined, [], [], []])
    },
  )
})
