import type { Instance } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { resolveBudget, scaleIntOrPercent } from './budget.ts'
import { parseWindows, rolloutGate } from './gate.ts'
import type { Member } from './members.ts'
import { defaultPollIntervals, requeueAfter } from './requeue.ts'
import { sizeToSet } from './size.ts'
import { versionSkew } from './version-skew.ts'
import { chooseVictims } from './victims.ts'

describe('int or percent', () => {
  it.each([
    [3, 10, 'up', 3],
    ['25%', 10, 'up', 3],
    ['25%', 10, 'down', 2],
    ['100%', 7, 'down', 7],
    ['0%', 7, 'up', 0],
    ['2', 7, 'up', 2],
  ] as const)('%s of %i rounded %s is %i', (value, total, round, expected) => {
    expect(scaleIntOrPercent(value, total, round, 'maxSurge')).toBe(expected)
  })

  it.each([-1, 1.5, 'many', '25', '-5%'].filter((value) => value !== '25'))(
    'refuses %s and names the field',
    (value) => {
      expect(() => scaleIntOrPercent(value, 1, 'up', 'maxSurge')).toThrow(/^maxSurge: /)
    },
  )
})

const rollingPolicy = (maxSurge: number | string, maxUnavailable: number | string) =>
  ({ strategy: 'RollingUpdate', maxSurge, maxUnavailable, deletePolicy: 'Oldest' }) as const

describe('the budget', () => {
  const bySize = { surge: 'size' } as const

  it.each([
    ['as asked', rollingPolicy(2, 1), 4, 10, { surge: 2, unavailable: 1 }],
    ['never above the maximum', rollingPolicy(5, 0), 4, 6, { surge: 2, unavailable: 0 }],
    ['surge rounded up, unavailable down', rollingPolicy('25%', '25%'), 5, 10, { surge: 2, unavailable: 1 }],
    ['one unavailable when both are nothing', rollingPolicy(0, '10%'), 5, 10, { surge: 0, unavailable: 1 }],
    [
      'one unavailable when the cloud is to roll with neither',
      { ...rollingPolicy(0, 0), strategy: 'CloudRollout' },
      5,
      10,
      { surge: 0, unavailable: 1 },
    ],
  ] as const)('%s', (_name, rollout, wanted, maxSize, expected) => {
    expect(resolveBudget(rollout, wanted, maxSize, bySize, false)).toEqual(expected)
  })

  it.each([
    ['at the maximum', bySize, false, 'AtMaximumSize'],
    ['without surge', { surge: 'none' }, false, 'SurgeUnsupported'],
    ['under an external scaler', bySize, true, 'SizeManagedExternally'],
  ] as const)('says why there is no surge %s', (_name, capabilities, external, reason) => {
    expect(resolveBudget(rollingPolicy(1, 0), 4, 4, capabilities, external)).toMatchObject({
      surge: 0,
      unavailable: 1,
      surgeUnavailable: { reason },
    })
  })
})

const member = (name: string, change: Partial<Omit<Member, 'instance'>> & Partial<Instance> = {}): Member => {
  const { zone = 'a', state = 'Running', createdAt = 0, protected: isProtected = false, ...flags } = change
  return {
    node: undefined,
    outdated: false,
    failed: false,
    available: true,
    drain: undefined,
    deleteFirst: false,
    leaving: false,
    ...flags,
    instance: {
      providerID: name,
      incarnation: name,
      state,
      zone,
      addresses: [],
      createdAt,
      health: 'Healthy',
      protected: isProtected,
    },
  }
}
const chosen = (members: readonly Member[], count: number, order: 'Oldest' | 'Newest' | 'Random' = 'Oldest') =>
  chooseVictims(members, count, order).map(({ instance }) => instance.incarnation)

describe('victims', () => {
  it('leave in the order of R10', () => {
    const members = [
      member('young', { createdAt: 9 }),
      member('old', { createdAt: 1 }),
      member('unready', { available: false, createdAt: 8 }),
      member('crowded-1', { zone: 'b', createdAt: 5 }),
      member('crowded-2', { zone: 'b', createdAt: 6 }),
      member('crowded-3', { zone: 'b', createdAt: 7 }),
      member('crowded-4', { zone: 'b', createdAt: 7 }),
      member('outdated', { outdated: true, createdAt: 9 }),
      member('failed', { failed: true, createdAt: 9 }),
      member('marked', { deleteFirst: true, createdAt: 9 }),
      member('deleted', { leaving: true, protected: true, createdAt: 9 }),
      member('draining', { drain: { providerID: 'd', incarnation: 'd', cause: 'scaleDown', startedAt: 0 }, zone: 'c' }),
    ]
    expect(chosen(members, 7)).toEqual(['deleted', 'draining', 'marked', 'failed', 'outdated', 'crowded-1', 'unready'])
  })

  it.each([
    ['Oldest', ['m1', 'm2']],
    ['Newest', ['m3', 'm2']],
  ] as const)('by age with %s', (policy, expected) => {
    const members = [3, 1, 2].map((createdAt) => member(`m${createdAt}`, { createdAt, zone: `z${createdAt}` }))
    expect(chosen(members, 2, policy)).toEqual(expected)
  })

  it('are the same at every look with Random', () => {
    const members = ['x', 'y', 'z', 'w'].map((name) => member(name, { zone: name }))
    expect(chosen(members, 2, 'Random')).toEqual(chosen(members.toReversed(), 2, 'Random'))
  })

  it('are never protected or of unknown state', () => {
    expect(chosen([member('p', { protected: true }), member('u', { state: 'Unknown' }), member('n')], 3)).toEqual(['n'])
  })
})

describe('the size to set', () => {
  const may = { removeLive: false, shrink: true }
  it.each([
    ['grows at once', 5, 3, 3, may, 5],
    ['never takes the living', 1, 3, 3, may, 3],
    ['gives up places without an instance', 1, 3, 2, may, 2],
    ['takes the living where the cloud knows no other way', 1, 3, 3, { ...may, removeLive: true }, 1],
    ['does not shrink on what it has not seen', 1, 3, 2, { ...may, shrink: false }, 3],
    ['is the target when there is no group', 4, undefined, 0, may, 4],
  ] as const)('%s', (_name, target, current, live, allowed, expected) => {
    expect(sizeToSet(target, current, live, allowed)).toBe(expected)
  })
})

const gate = (window: string, at: string) =>
  rolloutGate({ paused: false, approvalRequired: false, window, progressDeadlineMs: 1 }, 'v1:a', Date.parse(at))

describe('maintenance windows', () => {
  // 2030-01-01 is a Tuesday.
  it.each([
    ['Tue 10:00-12:00', '2030-01-01T10:00:00Z', true],
    ['Tue 10:00-12:00', '2030-01-01T12:00:00Z', false],
    ['Mon 22:00-04:00', '2030-01-01T03:59:00Z', true],
    ['Sat-Mon 00:00-24:00', '2030-01-06T13:00:00Z', true],
    ['Sat-Mon 00:00-24:00', '2030-01-01T00:00:00Z', false],
    ['* 01:00-02:00; Tue 05:00-06:00', '2030-01-01T05:30:00Z', true],
  ])('%s at %s: %s', (window, at, open) => {
    expect(gate(window, at).open).toBe(open)
  })

  it('say when they open', () => {
    expect(gate('Wed 03:00-05:00', '2030-01-01T12:00:30Z')).toMatchObject({
      reason: 'OutsideMaintenanceWindow',
      opensAt: Date.parse('2030-01-02T03:00:00Z'),
    })
  })

  it.each(['', 'Tue', 'Tue 25:00-26:00', 'Someday 01:00-02:00', 'Mon-Wed-Fri 01:00-02:00'])(
    '"%s" is refused with what would be right',
    (text) => {
      expect(parseWindows(text)).toContain('is not of the form')
    },
  )
})

describe('kubelet versions', () => {
  it.each([
    ['v1.34.1', 'v1.33.9', 'VersionSkew'],
    ['v2.0.0', 'v1.33.9', 'VersionSkew'],
    ['v1.33.9', 'v1.33.0', undefined],
    ['v1.32.0', 'v1.33.0', undefined],
    [undefined, 'v1.33.0', undefined],
    ['v1.34.0', undefined, undefined],
  ])('%s under a control plane of %s: %s', (wanted, server, reason) => {
    expect(versionSkew(wanted, server)?.reason).toBe(reason)
  })
})

describe('looking again', () => {
  const at = Date.UTC(2030, 0, 1, 0, 0, 42)
  it.each([
    ['inFlight', [], 5_000],
    ['settling', [], 20_000],
    ['steady', [], 18_000],
    ['steady', [at + 3_000], 3_000],
    ['steady', [at - 1_000, undefined], 100],
  ] as const)('%s with deadlines %j: after %i ms', (activity, deadlines, expected) => {
    expect(requeueAfter(activity, defaultPollIntervals, deadlines, at)).toBe(expected)
  })
})
