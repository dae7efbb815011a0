import { doubles } from '@machinepool/contract/testing'
import { expect, it } from 'vitest'

import { engineAnnotations } from './names.ts'
import { PoolLife } from './pool-life.test.support.ts'

const hour = 3_600_000

function told(life: PoolLife): string | undefined {
  return life.object?.metadata.annotations?.[engineAnnotations.outdatedReplicas]
}

it('tells how many instances are outdated while a rollout goes on, and nothing before and after', async () => {
  const seen: string[] = []
  const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
  const settled = (type: string) => (): boolean => {
    const last = told(life) ?? 'none'
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
  expect(seen).toEqual(['none'])
  life.setSpec({ instanceType: 'large' })
  expect(await life.run(2 * hour, settled('large'))).toBe(true)
  expect(seen).toEqual(['none', '2', '1', 'none'])
})
