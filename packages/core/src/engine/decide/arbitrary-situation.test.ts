import fc from 'fast-check'
import { expect, it } from 'vitest'

import { arbitrarySituation, families, old, wish } from './arbitrary-situation.test.support.ts'
import { instanceStates } from '@machinepool/contract'
import type { Situation } from './situation.ts'

const some = (situation: Situation, what: (instance: Situation['observed']['instances'][number]) => boolean) =>
  situation.observed.instances.some(what)

/** What has to be met often enough for a property over random situations to mean something. */
const reached: Readonly<Record<string, (situation: Situation) => boolean>> = {
  ...Object.fromEntries(
    instanceStates.map((state) => [state, (situation: Situation) => some(situation, (one) => one.state === state)]),
  ),
  'protected and outdated': (situation) => some(situation, (one) => one.protected && one.revision === old),
  'an announcement': (situation) => some(situation, (one) => one.announced === true),
  'a notice': (situation) => some(situation, (one) => one.notice !== undefined),
  'no revision': (situation) => some(situation, ({ revision }) => revision === undefined),
  'another scheme': (situation) => some(situation, ({ revision }) => revision?.startsWith('v2:') === true),
  'three zones': ({ observed }) => new Set(observed.instances.map(({ zone }) => zone)).size === 3,
  'an external scaler': ({ pool }) => pool.externallyScaled,
  'no budget at all': ({ policy: { rollout } }) => rollout.maxSurge === 0 && rollout.maxUnavailable === 0,
  percentages: ({ policy: { rollout } }) => rollout.maxSurge === '25%' && rollout.maxUnavailable === '25%',
  'the maximum size': ({ observed, policy }) => observed.size?.desired === policy.maxSize,
  'replicas above the maximum': ({ pool, policy }) => (pool.replicas ?? 0) > policy.maxSize,
  'replicas below the minimum': ({ pool, policy }) => (pool.replicas ?? 0) < policy.minSize,
  minReadySeconds: ({ timing }) => timing.minReadyMs > 0,
  'an incomplete listing': ({ observed }) => !observed.complete,
  'no connection': ({ nodes }) => nodes === undefined,
  'a foreign group': ({ observed }) => observed.owner === 'foreign',
  'a paused pool with a held termination': (situation) =>
    situation.paused && some(situation, ({ state }) => state === 'TerminationHeld'),
  'a running removal': ({ ledger }) => ledger.operations.length > 0,
  'a size to give back': ({ ledger }) => ledger.restore !== undefined,
  'a drain that is done': ({ drains }) => [...drains.values()].some(({ phase }) => phase === 'done'),
  'a Node to go first': ({ nodes }) => [...(nodes?.values() ?? [])].some(({ deleteFirst }) => deleteFirst),
  'a template that is not live': ({ observed }) => observed.templates[0]?.revision !== wish,
  'a pool that goes': ({ lifecycle }) => lifecycle === 'deleting',
}

it('the random situations reach everything that decisions depend on', () => {
  const situations = fc.sample(arbitrarySituation, { numRuns: 3_000, seed: 1 }).map(({ situation }) => situation)
  const rare = Object.entries(reached).filter(([, holds]) => situations.filter(holds).length < 20)
  expect(rare.map(([name]) => name)).toEqual([])
  expect(new Set(situations.map(({ capabilities }) => JSON.stringify(capabilities))).size).toBeGreaterThanOrEqual(
    families.length - 1,
  )
})
