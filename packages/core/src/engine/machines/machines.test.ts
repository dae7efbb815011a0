import { labels } from '@machinepool/api'
import { doubles } from '@machinepool/contract/testing'
import { pods } from '@machinepool/kube'
import { describe, expect, it } from 'vitest'

import { machines } from '../../machine-pool/objects.ts'
import { engineAnnotations } from '../names.ts'
import { infraMachines, PoolLife, type PoolLifeOptions } from '../pool-life.test.support.ts'
import { Watcher } from '../watcher.test.support.ts'
import { MachineCore } from './core.test.support.ts'

const minute = 60_000
const hour = 60 * minute

const objects = (life: PoolLife) => life.management.store(infraMachines).list()
const owners = (life: PoolLife) => life.management.store(machines).list()

const settled = (count: number) => (life: PoolLife) =>
  life.all().length === count &&
  life.live().every((instance) => life.node(instance) !== undefined) &&
  objects(life).length === count &&
  owners(life).length === count

async function running(options: PoolLifeOptions, controller = true) {
  const watcher = new Watcher()
  const core = new MachineCore({ controller })
  const life = new PoolLife({
    behaviour: doubles.holding,
    machines: true,
    podsPerNode: 1,
    ...options,
    watch: (one) => {
      watcher.look(one)
      core.act(one)
    },
  })
  expect(await life.run(hour, settled(options.replicas ?? 3))).toBe(true)
  return { life, core, watcher }
}

const rolled = (life: PoolLife) => settled(3)(life) && life.live().every(({ instanceType }) => instanceType === 'large')

const evictions = (life: PoolLife) => life.workload.writes.filter(({ verb }) => verb === 'evict')

describe('machines of a pool', () => {
  it('are one object per instance, as the core looks for them', async () => {
    const { life } = await running({ replicas: 2 })
    expect(life.object?.status?.infrastructureMachineKind).toBe('MemoryMachine')
    const [object] = objects(life)
    const instance = life.all().find(({ providerID }) => providerID === object?.spec?.providerID)
    expect(object).toMatchObject({
      kind: 'MemoryMachine',
      metadata: {
        labels: { [labels.clusterName]: 'cluster', [labels.poolName]: 'pool' },
        finalizers: ['memorymachine.infrastructure.machinepool.test'],
      },
      spec: { instanceType: 'small' },
      status: { ready: true, initialization: { provisioned: true } },
    })
    expect(object?.status?.['addresses']).toEqual([{ type: 'Hostname', address: instance?.name }])
    const owner = object?.metadata.ownerReferences?.[0]
    expect(owner).toMatchObject({ kind: 'MemoryMachinePool', name: 'pool', uid: life.object?.metadata.uid })
    expect(owner?.controller).toBeUndefined()
  })

  it('are written once: nothing more while nothing happens', async () => {
    const { life } = await running({ replicas: 2 })
    await life.run(10 * minute)
    const before = life.management.writes.length
    await life.run(hour)
    expect(life.management.writes.slice(before)).toEqual([])
  })

  it('leave by their Machine, which drains; the engine drains nothing (R10)', async () => {
    const { life, core, watcher } = await running({ replicas: 3 })
    life.setReplicas(2)
    expect(await life.run(10 * minute, settled(2))).toBe(true)
    expect(core.happened).toEqual(['drained', 'infrastructure deleted', 'machine gone'])
    expect(evictions(life)).toEqual([])
    expect(watcher.violations).toEqual([])
  })

  it('are rolled within the budget by their Machines', async () => {
    const { life, core, watcher } = await running({ replicas: 3 })
    await life.run(5 * minute)
    watcher.budget = { floor: 3, ceiling: 4 }
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(3 * hour, rolled)).toBe(true)
    expect(core.happened.filter((one) => one === 'machine gone')).toHaveLength(3)
    expect(evictions(life)).toEqual([])
    expect(watcher.violations).toEqual([])
  })

  it('replaces exactly the instance whose Machine somebody deletes', async () => {
    const { life } = await running({ replicas: 3 })
    const chosen = objects(life)[1]!
    const others = life.all().filter(({ providerID }) => providerID !== chosen.spec?.providerID)
    life.management.remove(machines, { namespace: 'default', name: chosen.metadata.name! }, life.clock.now())
    const replaced = (one: PoolLife) =>
      settled(3)(one) && !one.all().some(({ providerID }) => providerID === chosen.spec?.providerID)
    expect(await life.run(hour, replaced)).toBe(true)
    expect(life.all().map(({ incarnation }) => incarnation)).toEqual(
      expect.arrayContaining(others.map(({ incarnation }) => incarnation)),
    )
    expect(life.cloud.groups()[0]?.desired).toBe(3)
  })

  it('take the annotated Machine first', async () => {
    const { life } = await running({ replicas: 3 })
    const chosen = owners(life)[2]!
    const annotations = { 'cluster.x-k8s.io/delete-machine': 'yes' }
    life.management.put(machines, { ...chosen, metadata: { ...chosen.metadata, annotations } })
    life.setReplicas(2)
    expect(await life.run(10 * minute, settled(2))).toBe(true)
    expect(owners(life).map(({ metadata }) => metadata.name)).not.toContain(chosen.metadata.name)
  })

  it('an infrastructure machine deleted by hand waits for its Machine to drain', async () => {
    const { life, core, watcher } = await running({ replicas: 2 })
    const name = objects(life)[0]!.metadata.name!
    life.management.remove(infraMachines, { namespace: 'default', name }, life.clock.now())
    const replaced = (one: PoolLife) => settled(2)(one) && !objects(one).some(({ metadata }) => metadata.name === name)
    expect(await life.run(hour, replaced)).toBe(true)
    expect(core.happened).toEqual(['drained', 'machine gone'])
    expect(watcher.violations).toEqual([])
  })

  it('a Machine that nobody controls drains nothing: the engine does', async () => {
    const { life, watcher } = await running({ replicas: 3 }, false)
    life.setReplicas(2)
    expect(await life.run(10 * minute, settled(2))).toBe(true)
    expect(evictions(life)).toHaveLength(1)
    expect(watcher.violations).toEqual([])
  })

  it('gives deleted Machines the time limits of the pool, which upstream does not', async () => {
    const { life } = await running({ replicas: 3, pool: { deletion: { nodeDrainTimeoutSeconds: 90 } } })
    for (const machine of owners(life)) {
      life.management.put(machines, { ...machine, spec: { ...machine.spec, deletion: {} } })
    }
    life.setReplicas(2)
    let seen: unknown
    await life.run(hour, (one) => {
      seen ??= owners(one).find(({ metadata }) => metadata.deletionTimestamp !== undefined)?.spec.deletion
      return settled(2)(one)
    })
    expect(seen).toEqual({ nodeDrainTimeoutSeconds: 90 })
  })

  it('go with the pool, and the pool waits for them', async () => {
    const { life, core, watcher } = await running({ replicas: 2 })
    life.delete()
    await life.run(2 * hour)
    expect([life.object, objects(life), owners(life), life.all(), life.cloud.templates()]).toEqual([
      undefined,
      [],
      [],
      [],
      [],
    ])
    expect(core.happened.filter((one) => one === 'drained')).toHaveLength(2)
    expect(life.workload.store(pods).list()).toEqual([])
    expect(watcher.violations).toEqual([])
  })

  it('lose our finalizer with a pool that is given up', async () => {
    const { life } = await running({ replicas: 2 })
    life.annotate({ [engineAnnotations.orphan]: 'true' })
    life.delete()
    await life.run(minute)
    expect(life.object).toBeUndefined()
    expect(objects(life).map(({ metadata }) => metadata.finalizers)).toEqual([[], []])
    expect(life.live()).toHaveLength(2)
  })

  it('are known again after a move: what was recorded names the same management cluster', async () => {
    const { life } = await running({ replicas: 2 })
    const marks = life.cloud.groups().map(({ tags }) => tags)
    life.managementId = 'management-2'
    life.restart()
    life.setReplicas(3)
    expect(await life.run(hour, settled(3))).toBe(true)
    expect(life.cloud.groups().map(({ tags }) => tags)).toEqual(marks)
    expect(life.condition('NameConflict')).toBeUndefined()
  })

  it.each(['before', 'after'] as const)('survive a process that ends %s any write', async (effect) => {
    const live = async (at: number | undefined) => {
      const { life, watcher } = await running({ replicas: 1 })
      if (at !== undefined) life.management.killAt = { skip: at, effect }
      const start = life.management.writes.length
      life.setReplicas(2)
      await life.run(10 * minute, settled(2))
      life.setReplicas(1)
      await life.run(hour, settled(1))
      expect(settled(1)(life)).toBe(true)
      life.delete()
      await life.run(hour)
      expect([life.object, objects(life), owners(life), life.all(), watcher.violations]).toEqual([
        undefined,
        [],
        [],
        [],
        [],
      ])
      return life.management.writes.length - start
    }
    const count = await live(undefined)
    for (let at = 0; at < count; at++) {
      // oxlint-disable-next-line no-await-in-loop
      await live(at)
    }
  })
})

describe('machines of instances that a failed page lacks', () => {
  it('stay as they are (R3)', async () => {
    const { life, core, watcher } = await running({ replicas: 5, behaviour: { ...doubles.holding, pageSize: 2 } })
    life.cloud.arm({ target: { call: 'ListInstances' }, after: 1, times: 50, effect: { error: 'ServiceUnavailable' } })
    await life.run(5 * minute)
    expect(core.happened).toEqual([])
    expect(objects(life)).toHaveLength(5)
    expect(watcher.violations).toEqual([])
  })
})

describe('machines where the answers of the cloud go back in time', () => {
  it('go with their instances only (R3)', async () => {
    const intervals = { fast: 1_000, settling: 2_000, steady: 3_000 }
    const { life, core, watcher } = await running({ replicas: 3, intervals })
    life.cloud.lag(2_500, { scattered: true })
    for (const replicas of [5, 3, 6, 4]) {
      life.setReplicas(replicas)
      // oxlint-disable-next-line no-await-in-loop
      expect(await life.run(hour, settled(replicas))).toBe(true)
    }
    expect(core.happened.filter((one) => one === 'machine gone')).toHaveLength(4)
    expect(watcher.violations).toEqual([])
  })
})

describe('machines of instances that are announced before they exist', () => {
  const behaviour = { ...doubles.recreating, announceMs: 12_000 }

  it('are made once there is something, and never deleted as if it had gone', async () => {
    const { life, core, watcher } = await running({ replicas: 2, behaviour })
    await life.run(10 * minute)
    expect(core.happened).toEqual([])
    expect(life.management.writes.filter(({ verb }) => verb === 'delete')).toEqual([])
    const lives = life.all().map(({ incarnation }) => incarnation)
    expect(objects(life).map(({ metadata }) => metadata.annotations?.[engineAnnotations.incarnation])).toEqual(
      expect.arrayContaining(lives),
    )
    expect(watcher.violations).toEqual([])
  })

  it('do not keep a rolling change from its end', async () => {
    const { life, core, watcher } = await running({ replicas: 3, behaviour })
    await life.run(5 * minute)
    watcher.budget = { floor: 3, ceiling: 4 }
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(3 * hour, rolled)).toBe(true)
    expect(core.happened.filter((one) => one === 'machine gone')).toHaveLength(3)
    expect(watcher.violations).toEqual([])
  })
})
