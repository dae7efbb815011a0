import { doubles, type DoubleName } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { PoolLife } from './pool-life.test.support.ts'

const names = Object.keys(doubles) as DoubleName[]
const hour = 3_600_000

const ready = (count: number) => (life: PoolLife) =>
  life.live().length === count &&
  life.live().every((instance) => life.node(instance) !== undefined) &&
  life.object?.spec?.providerIDList?.length === count &&
  life.condition('Ready')?.status === 'True'

const rolled = (instanceType: string, count: number) => (life: PoolLife) =>
  ready(count)(life) &&
  life.live().every((instance) => instance.instanceType === instanceType) &&
  life.condition('RollingOut') === undefined

describe.each(names)('the life of a pool of the family %s', (family) => {
  const behaviour = doubles[family]

  it('is created, scaled, rolled and deleted without a trace', async () => {
    const life = new PoolLife({ behaviour, replicas: 3, podsPerNode: 2 })
    expect(await life.run(hour, ready(3))).toBe(true)
    expect(life.object?.status?.ready).toBe(true)
    expect(life.object?.status?.initialization?.provisioned).toBe(true)

    life.setReplicas(5)
    expect(await life.run(hour, ready(5))).toBe(true)
    life.setReplicas(2)
    expect(await life.run(hour, ready(2))).toBe(true)

    life.setSpec({ instanceType: 'large' })
    expect(await life.run(2 * hour, rolled('large', 2))).toBe(true)

    life.setReplicas(0)
    expect(await life.run(hour, ready(0))).toBe(true)
    life.setReplicas(1)
    expect(await life.run(hour, ready(1))).toBe(true)

    life.delete()
    await life.run(hour)
    expect(life.object).toBeUndefined()
    expect(life.cloud.groups()).toEqual([])
    expect(life.cloud.templates()).toEqual([])
  })
})
