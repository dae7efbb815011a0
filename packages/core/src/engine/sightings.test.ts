import type { Instance, InstanceState, Observation } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { createSightings } from './sightings.ts'

const instance = (name: string, state: InstanceState = 'Running'): Instance => ({
  providerID: `memory:///${name}`,
  incarnation: name,
  state,
  addresses: [],
  health: 'Healthy',
  protected: false,
})

const answer = (observedAt: number, instances: readonly Instance[], complete = true): Observation => ({
  exists: true,
  deleting: false,
  owner: 'ours',
  sizeOwner: 'us',
  instances,
  complete,
  templates: [],
  holdSet: false,
  operations: [],
  problems: [],
  leftovers: [],
  observedAt,
})

const none = (observedAt: number): Observation => ({ ...answer(observedAt, []), exists: false })

const confirmMs = 15_000
const a = instance('a')
const b = instance('b')
const listed = [a.providerID, b.providerID]

/** Whether each of the answers, one after the other, is believed to be complete. */
function believedComplete(answers: readonly Observation[], removed: readonly Instance[] = []) {
  const sightings = createSightings(confirmMs)
  sightings.removed('pool', removed)
  return answers.map((one) => sightings.believe('pool', listed, one).complete)
}

describe('a listing that lacks an instance', () => {
  it.each([
    ['is not believed at first', [answer(0, [a])], [false]],
    ['is not believed by the same answer again', [answer(0, [a]), answer(0, [a])], [false, false]],
    ['is believed when it goes on', [answer(0, [a]), answer(14_999, [a]), answer(15_000, [a])], [false, false, true]],
    [
      'has to go on without a break',
      [answer(0, [a]), answer(5_000, [a, b]), answer(15_000, [a]), answer(30_000, [a])],
      [false, true, false, true],
    ],
    [
      'is believed where the instance was seen to go',
      [answer(0, [a, instance('b', 'Terminating')]), answer(5_000, [a])],
      [true, true],
    ],
    [
      'is believed where the termination was held',
      [answer(0, [a, instance('b', 'TerminationHeld')]), answer(5_000, [a])],
      [true, true],
    ],
    ['stays what the cloud said it is', [answer(0, [a, b], false)], [false]],
    ['is not believed when the whole group is missing', [{ ...answer(0, []), exists: false }], [false]],
  ])('%s', (_name, answers, expected) => {
    expect(believedComplete(answers)).toEqual(expected)
  })

  it('is believed where we took the instance away, and not of its successor under the same id', () => {
    expect(believedComplete([answer(0, [a, b]), answer(60_000, [a])], [b])).toEqual([true, true])
    const next = { ...b, incarnation: 'b2' }
    expect(believedComplete([answer(0, [a, next]), answer(60_000, [a])], [b])).toEqual([true, false])
  })

  it('of another pool is another matter', () => {
    const sightings = createSightings(confirmMs)
    sightings.believe('one', listed, answer(0, [a]))
    expect(sightings.believe('two', listed, answer(15_000, [a])).complete).toBe(false)
    expect(sightings.believe('one', listed, answer(15_000, [a])).complete).toBe(true)
    sightings.forget('one')
    expect(sightings.believe('one', listed, answer(20_000, [a])).complete).toBe(false)
  })
})

describe('an instance that was seen to go', () => {
  it('goes on going in older answers, and lives when that lasts', () => {
    const sightings = createSightings(confirmMs)
    const stateAt = (at: number, state: InstanceState) =>
      sightings.believe('pool', listed, answer(at, [a, instance('b', state)])).instances[1]?.state
    expect([stateAt(0, 'Terminating'), stateAt(15_000, 'Running'), stateAt(15_001, 'Running')]).toEqual([
      'Terminating',
      'Terminating',
      'Running',
    ])
  })

  it('is not mistaken for its successor of the same name', () => {
    const sightings = createSightings(confirmMs)
    sightings.believe('pool', listed, answer(0, [a, instance('b', 'Terminating')]))
    const next = { ...b, incarnation: 'b2' }
    expect(sightings.believe('pool', listed, answer(5_000, [a, next])).instances[1]).toEqual(next)
  })
})

describe('an answer without a group, when a pool is left', () => {
  it('is believed when it goes on', () => {
    const sightings = createSightings(confirmMs)
    const believed = [0, 14_999, 15_000].map((at) => sightings.confirmsNoGroup('pool', none(at)))
    expect(believed).toEqual([false, false, true])
  })

  it('is believed at once where we had the group deleted, of this pool', () => {
    const sightings = createSightings(confirmMs)
    sightings.groupDeleted('pool')
    expect(sightings.confirmsNoGroup('pool', none(0))).toBe(true)
    expect(sightings.confirmsNoGroup('other', none(0))).toBe(false)
  })

  it('is not waited for where somebody else has a group of that name', () => {
    expect(createSightings(confirmMs).confirmsNoGroup('pool', answer(0, []))).toBe(true)
  })
})
