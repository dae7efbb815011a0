import { doubles } from '@machinepool/contract/testing'
import { expect, it } from 'vitest'

import { engineAnnotations } from './names.ts'
import { PoolLife } from './pool-life.test.support.ts'

const hour = 3_600_000

it('tells how many instances are outdated while a rollout goes on, and nothing before and after', async () => {
  const seen: (string | undefined)[] = []
  const told = (life: PoolLife): string | undefined =>
    life.object?.metadata.annotations?.[engineAnnotations.outdatedReplicas]
  const life = new PoolLife({ behaviour: doubles.asg, replicas: 2 })
  const settled = (type: string) => (): boolean => {
    const last = told(life)
    if (seen.at(-1) !== last) seen.push(last)
    return (
      life.live().length === 2 &&
      life.live().every((instance) => life.node(instance) !== undefined && instance.instanceType === type) &&
      life.condition('Ready')?.status === 'True' &&
      told(life) === undefined
    )
  }
  const type = life.object?.spec?.['instanceType'] as string
  expect(await life.run(hour, settled(type))).toBe(true)
  expect(seen).toEqual([undefined])
  life.setSpec({ instanceType: 'large' })
  expect(await life.run(2 * hour, settled('large'))).toBe(true)
  expect(seen).toEqual([undefined, '2', '1', undefined])
})
