import type { CloudRollout, RolloutPolicy } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { resolveBudget } from './budget.ts'
import type { Member } from './members.ts'
import { planRollout, type RolloutPlan } from './rollout.ts'

const wish = 'v1:new'

function member(name: string, revision: string): Member {
  return {
    instance: {
      providerID: name,
      incarnation: name,
      state: 'Running',
      revision,
      addresses: [],
      health: 'Healthy',
      protected: false,
    },
    node: undefined,
    outdated: revision !== wish,
    failed: false,
    available: true,
    drain: undefined,
    leaving: false,
    deleteFirst: false,
  }
}

const old = ['a', 'b', 'c'].map((name) => member(name, 'v1:old'))
const halfWay = [member('a', wish), member('b', 'v1:old'), member('c', 'v1:old')]

function planOf(members: readonly Member[], cloudRollout?: CloudRollout, change: Partial<RolloutPolicy> = {}) {
  // What a cloud's 90 % of three instances comes to: no surge, and nobody unavailable.
  const rollout: RolloutPolicy = {
    strategy: 'CloudRollout',
    maxSurge: 0,
    maxUnavailable: '10%',
    deletePolicy: 'Oldest',
    ...change,
  }
  return planRollout({
    members,
    wanted: 3,
    current: 3,
    external: false,
    policy: { rollout },
    budget: resolveBudget(rollout, 3, 10, { surge: 'size' }, false),
    capabilities: { removeChosen: true, removeKeepingSize: 'atomic', cloudRollout: 'optional' },
    gate: { open: true },
    templateLive: true,
    cloudRollout,
    revision: wish,
    now: 0,
  })
}

function summary({ cloud, victims, target }: RolloutPlan) {
  return { cloud, target, victims: victims.map(({ member: { instance } }) => instance.incarnation) }
}

describe('a rollout that the cloud runs', () => {
  it('is started once, for all', () => {
    expect(summary(planOf(old))).toEqual({ cloud: 'start', target: 3, victims: [] })
  })

  it('is left alone while it runs', () => {
    const running = { id: 'r', state: 'InProgress', revision: wish } as const
    expect(summary(planOf(halfWay, running))).toEqual({ cloud: 'leave', target: 3, victims: [] })
  })

  it('is cancelled when it goes to another revision', () => {
    const superseded = { id: 'r', state: 'InProgress', revision: 'v1:between' } as const
    expect(summary(planOf(old, superseded)).cloud).toBe('cancel')
  })

  it('that stopped half-way is finished by the engine, one at a time where the budget rounds to nothing', () => {
    const cancelled = { id: 'r', state: 'Cancelled', revision: 'v1:between' } as const
    expect(summary(planOf(halfWay, cancelled))).toEqual({ cloud: 'leave', target: 3, victims: ['b'] })
    expect(summary(planOf(halfWay))).toEqual({ cloud: 'leave', target: 3, victims: ['b'] })
  })

  it('that stopped half-way is finished with surge where the budget has one', () => {
    expect(planOf(halfWay, undefined, { maxSurge: 1, maxUnavailable: 0 }).target).toBe(4)
  })

  it('is started again where the cloud leaves alone what is up to date', () => {
    expect(summary(planOf(halfWay, undefined, { cloudResumes: true }))).toEqual({
      cloud: 'start',
      target: 3,
      victims: [],
    })
  })

  it('that failed for this revision stays where it is', () => {
    const failed = { id: 'r', state: 'Failed', revision: wish } as const
    expect(summary(planOf(halfWay, failed))).toEqual({ cloud: 'leave', target: 3, victims: [] })
    expect(summary(planOf(old, { ...failed, revision: 'v1:between' })).cloud).toBe('start')
  })
})
