import { doubles } from '@machinepool/contract/testing'
import { expect, it } from 'vitest'

import { engineAnnotations } from './names.ts'
import { PoolLife } from './pool-life.test.support.ts'

const minute = 60_000
const hour = 60 * minute

const outdated = (life: PoolLife) => life.object?.metadata.annotations?.[engineAnnotations.outdatedReplicas]

async function rolloutPaused(): Promise<PoolLife> {
  const life = new PoolLife({ behaviour: doubles.holding, replicas: 3 })
  await life.run(hour, (one) => one.object?.spec?.providerIDList?.length === 3)
  life.annotate({ [engineAnnotations.rolloutPaused]: 'true' })
  life.setSpec({ instanceType: 'large' })
  await life.run(5 * minute)
  expect(outdated(life)).toBe('3')
  return life
}

it('the number of outdated instances stays while the wish is not known', async () => {
  const life = await rolloutPaused()
  life.setSpec({ image: { name: 'missing' } })
  await life.run(5 * minute)
  expect(life.condition('Ready')).toMatchObject({ reason: 'ImageNotFound' })
  expect(outdated(life)).toBe('3')
})

it('the number of outdated instances stays while the pool is paused and a termination is held', async () => {
  const life = await rolloutPaused()
  life.annotate({ 'cluster.x-k8s.io/paused': '' })
  life.cloud.terminate(life.live()[0]!.name)
  await life.run(10 * minute)
  expect(life.cloud.count('ExtendHold')).toBeGreaterThan(0)
  expect(outdated(life)).toBe('3')
})

it('what must survive is stored before a drain, and nothing is said until the drain has begun (R24)', async () => {
  const life = new PoolLife({ behaviour: doubles.holding, replicas: 3, podsPerNode: 1 })
  await life.run(hour, (one) => one.live().every((instance) => one.node(instance) !== undefined))
  await life.run(minute)
  const before = life.management.writes.length
  life.setReplicas(2)
  await life.step()
  expect(life.management.writes.slice(before).map(({ subresource }) => subresource)).toEqual([undefined])
  await life.step()
  expect(life.workload.writes.map(({ verb }) => verb)).toEqual(['patch', 'evict'])
})
