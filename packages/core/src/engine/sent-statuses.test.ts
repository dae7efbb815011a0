import { doubles, ownerTag } from '@machinepool/contract/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { MachineCore } from './machines/core.test.support.ts'
import type { KubeWrite } from './memory-kube.test.support.ts'
import { infraMachines, PoolLife } from './pool-life.test.support.ts'
import { createSentStatuses, statusDifference, type SentStatuses } from './sent-statuses.ts'

const metadata = { namespace: 'default', name: 'pool', uid: 'uid-1', resourceVersion: '1' }
const object = (status: Record<string, string | object>, change: Partial<typeof metadata> = {}) => ({
  apiVersion: 'v1',
  kind: 'MemoryMachinePool',
  metadata: { ...metadata, ...change },
  status: status as NonNullable<Parameters<SentStatuses['standing']>[0]['status']>,
})

const stored = () => object({ kept: 'a', nested: { known: 1 } })
const standing = { kept: 'a', dropped: 'b', nested: { known: 1, unknown: 2 } }
const difference = (wanted: Record<string, string>) => statusDifference(stored().status, standing, wanted)

describe('statuses as they were sent', () => {
  let sent: SentStatuses
  beforeEach(() => {
    sent = createSentStatuses()
    sent.remember({ status: standing }, stored())
  })

  it('stand for what the server made of them, also of parts of a field', () => {
    expect(sent.standing(stored())).toEqual(standing)
  })

  it('stand when others have written other parts of the object', () => {
    const other = object({ kept: 'z', nested: { known: 1 } }, { resourceVersion: '2' })
    expect(sent.standing(other)).toEqual({ ...standing, kept: 'z' })
  })

  it('stand no more for a field that somebody else has changed', () => {
    expect(sent.standing(object({ nested: { known: 7 } }))).toEqual({ dropped: 'b', nested: { known: 7 } })
    expect(sent.standing(object({ dropped: 'x' }))).toEqual({ dropped: 'x' })
  })

  it('say nothing about another object of that name', () => {
    expect(sent.standing(object({}, { uid: 'uid-2' }))).toEqual({})
  })

  it('are forgotten', () => {
    sent.forget({ namespace: 'default', name: 'pool' })
    expect(sent.standing(stored())).toEqual({ kept: 'a', nested: { known: 1 } })
  })

  it('are forgotten field by field, where the server keeps a field now', () => {
    sent.remember({ status: { dropped: 'b' } }, object({ dropped: 'b' }))
    expect(sent.standing(object({ nested: { known: 1 } }))).toEqual({ nested: { known: 1, unknown: 2 } })
  })

  it('a difference takes along what was dropped before, and is none while all stands', () => {
    expect(difference({ kept: 'a', dropped: 'b' })).toBeUndefined()
    expect(difference({ kept: 'c', dropped: 'b' })).toEqual({ status: { kept: 'c', dropped: 'b' } })
    expect(difference({ kept: 'a', dropped: 'c' })).toEqual({ status: { dropped: 'c' } })
  })
})

const statusWrites = (writes: readonly KubeWrite[]) =>
  writes.filter(({ subresource }) => subresource === 'status').map(({ resource, name }) => `${resource}/${name}`)

describe('a CRD that lacks fields of the status', () => {
  const minute = 60_000
  const unknown = ['conditions', 'initialization', 'template']

  async function settled(machines: boolean): Promise<PoolLife> {
    const core = new MachineCore({ controller: true })
    const life = new PoolLife({
      behaviour: doubles.holding,
      replicas: 2,
      machines,
      watch: (one) => {
        if (machines) core.act(one)
      },
    })
    life.management.unknownStatusFields.set('memorymachinepools', unknown)
    life.management.unknownStatusFields.set(infraMachines.plural, unknown)
    await life.run(30 * minute)
    expect(life.object?.spec?.providerIDList).toHaveLength(2)
    expect(Object.keys(life.object?.status ?? {}).filter((field) => unknown.includes(field))).toEqual([])
    return life
  }

  async function writesOf(life: PoolLife, reconciles: number): Promise<readonly KubeWrite[]> {
    const before = life.management.writes.length
    for (let count = 0; count < reconciles; count++) {
      // oxlint-disable-next-line no-await-in-loop
      await life.step()
      // oxlint-disable-next-line no-await-in-loop
      await life.clock.advance(minute)
    }
    return life.management.writes.slice(before)
  }

  it.each([false, true])('costs no writes while nothing happens (machines: %s)', async (machines) => {
    const life = await settled(machines)
    expect(await writesOf(life, 20)).toEqual([])
  })

  it('costs no writes when others write the object', async () => {
    const life = await settled(false)
    life.annotate({ 'example.com/note': 'by hand' })
    expect(await writesOf(life, 20)).toEqual([])
  })

  it('a wish that differs is written once', async () => {
    const life = await settled(false)
    // Out of its bounds, the pool says so: in a condition that this server drops.
    life.setSpec({ maxSize: 2 })
    await life.run(30 * minute)
    life.setReplicas(5)
    expect(statusWrites(await writesOf(life, 20))).toEqual(['memorymachinepools/pool'])
  })

  it('a new process says it once more', async () => {
    const life = await settled(true)
    life.restart()
    expect(statusWrites(await writesOf(life, 20))).toHaveLength(3)
  })

  it('keeps a pool ready, once it was, whatever becomes of its group', async () => {
    const life = await settled(false)
    const [group] = life.cloud.groups()
    life.cloud.edit(group!.name, { tags: { [ownerTag]: 'somebody/else' } })
    await life.run(minute)
    expect(life.object?.spec?.providerIDList).toEqual([])
    expect(life.object?.status?.ready).toBe(true)
  })
})
