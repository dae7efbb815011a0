import { configMaps, leases, type Clock, type Lease } from '@machinepool/kube'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'

import { FakeApi, hang, type Gate } from './fake-api.test.support.ts'
import { fenceClient } from './fenced-client.ts'
import { createLeaderElector, LeadershipLostError, microTime } from './leader-election.ts'
import { createManualClock } from '@machinepool/kube/testing'

const log = pino({ level: 'silent' })

interface Candidate {
  readonly stop: AbortController
  /** Told each time it begins and ends to lead. */
  readonly history: string[]
  readonly ended: Promise<unknown>
  readonly isLeader: () => boolean
}

function candidate(api: FakeApi, clock: Clock, identity: string, gate?: Gate, releaseOnStop = true): Candidate {
  const stop = new AbortController()
  const history: string[] = []
  const elector = createLeaderElector({
    client: api.client(gate),
    clock,
    log,
    namespace: 'ns',
    name: 'lock',
    identity,
    releaseOnStop,
    random: () => 0,
  })
  const ended = elector
    .run(stop.signal, async (signal) => {
      history.push('leads')
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      history.push('ends')
    })
    .catch((error: unknown) => error)
  return { stop, history, ended, isLeader: () => elector.isLeader() }
}

function leaseOf(api: FakeApi): Lease['spec'] {
  return (api.objects.get('leases/ns/lock') as Lease | undefined)?.spec
}

describe('leader election', () => {
  test('the first one leads, renews, and gives the lease back', async () => {
    const api = new FakeApi()
    const clock = createManualClock(Date.parse('2026-01-01T00:00:00.123Z'))
    const a = candidate(api, clock, 'a')
    await clock.advance(0)
    expect(leaseOf(api)).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.123000Z',
      renewTime: '2026-01-01T00:00:00.123000Z',
      leaseTransitions: 0,
    })
    await clock.advance(60_000)
    expect(leaseOf(api)).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.123000Z',
      renewTime: '2026-01-01T00:01:00.123000Z',
    })
    a.stop.abort()
    await a.ended
    expect(a.history).toEqual(['leads', 'ends'])
    expect(leaseOf(api)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
  })

  test('a successor takes a lease that was given back at its next try, one that was not after its whole duration', async () => {
    for (const [released, waitedMs] of [
      [true, 2_000],
      [false, 16_000],
    ] as const) {
      const api = new FakeApi()
      const clock = createManualClock()
      const a = candidate(api, clock, 'a', undefined, released)
      await clock.advance(0)
      const b = candidate(api, clock, 'b')
      await clock.advance(60_000)
      expect(b.history).toEqual([])
      a.stop.abort()
      await a.ended
      const start = clock.now()
      while (b.history.length === 0) await clock.advanceToNext()
      expect(clock.now() - start).toBe(waitedMs)
      expect(leaseOf(api)).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
      b.stop.abort()
      await b.ended
    }
  })

  test('a clock that is wrong by an hour does not take the lease away', async () => {
    const api = new FakeApi()
    const [clockA, clockB] = [createManualClock(0), createManualClock(3_600_000)]
    const a = candidate(api, clockA, 'a')
    await clockA.advance(0)
    const b = candidate(api, clockB, 'b')
    for (let second = 0; second < 60; second++) {
      await clockA.advance(1000)
      await clockB.advance(1000)
    }
    expect([a.history, b.history]).toEqual([['leads'], []])
    for (const { stop } of [a, b]) stop.abort()
    await Promise.all([a.ended, b.ended])
  })

  test.each(['fails', 'hangs'])('a leader whose API server %s stops before another may begin', async (how) => {
    const api = new FakeApi()
    const clock = createManualClock()
    let broken = false
    const a = candidate(api, clock, 'a', (_verb, _plural, signal) => {
      if (broken && how === 'hangs') return hang(signal)
      if (broken) throw new Error('connection refused')
      return undefined
    })
    await clock.advance(0)
    const b = candidate(api, clock, 'b')
    await clock.advance(1000)
    broken = true
    const start = clock.now()
    const acting: number[] = []
    while (b.history.length === 0) {
      await clock.advance(500)
      acting.push([a, b].filter((one) => one.isLeader()).length)
    }
    expect(Math.max(...acting)).toBe(1)
    expect(await a.ended).toBeInstanceOf(LeadershipLostError)
    expect(a.history).toEqual(['leads', 'ends'])
    expect(clock.now() - start).toBeGreaterThan(10_000)
    b.stop.abort()
    await b.ended
  })

  test('setting the clock back does not prolong a leader’s time, setting it forward does not hasten a candidate', async () => {
    const api = new FakeApi()
    const clocks = [createManualClock(), createManualClock()] as const
    let broken = false
    const a = candidate(api, clocks[0], 'a', () => {
      if (broken) throw new Error('connection refused')
    })
    await clocks[0].advance(0)
    const b = candidate(api, clocks[1], 'b')
    const advance = async (ms: number) => {
      for (const clock of clocks) await clock.advance(ms)
    }
    await advance(1000)
    clocks[1].set(3_600_000)
    await advance(4000)
    expect([a.isLeader(), b.isLeader()]).toEqual([true, false])
    clocks[0].set(-3_600_000)
    broken = true
    let elapsedMs = 0
    for (; !b.isLeader(); elapsedMs += 500) {
      await advance(500)
      expect(a.isLeader() && b.isLeader()).toBe(false)
      expect(a.isLeader() && elapsedMs >= 10_000).toBe(false)
    }
    expect(elapsedMs).toBeGreaterThan(10_000)
    expect(await a.ended).toBeInstanceOf(LeadershipLostError)
    b.stop.abort()
    await b.ended
  })

  test('a clock that jumps forward may mean that the machine slept: the leader stops', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    const a = candidate(api, clock, 'a')
    await clock.advance(0)
    clock.set(11_000)
    expect(a.isLeader()).toBe(false)
    await clock.advance(2000)
    expect(await a.ended).toBeInstanceOf(LeadershipLostError)
  })

  test('a holder that has announced a longer time has it', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    const spec = { holderIdentity: 'a', leaseDurationSeconds: 60, leaseTransitions: 3 }
    const metadata = { namespace: 'ns', name: 'lock' }
    await api.client().create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec })
    const b = candidate(api, clock, 'b')
    await clock.advance(0)
    const start = clock.now()
    while (b.history.length === 0) await clock.advanceToNext()
    expect(clock.now() - start).toBeGreaterThanOrEqual(60_000)
    expect(leaseOf(api)).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 4 })
    b.stop.abort()
    await b.ended
  })

  test('a process that was paused may not act when it goes on, before any of its timers has fired', async () => {
    const api = new FakeApi()
    const [clockA, clockB] = [createManualClock(), createManualClock()]
    let pausedMs = 0
    const a = candidate(api, { now: () => clockA.now() + pausedMs, after: (ms, call) => clockA.after(ms, call) }, 'a')
    const fenced = fenceClient(api.client(), a.isLeader)
    await clockA.advance(0)
    await fenced.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'ns', name: 'mine' },
    })
    const b = candidate(api, clockB, 'b')
    // A stands still. B sees no renewal for a lease duration.
    await clockB.advance(20_000)
    expect(b.isLeader()).toBe(true)
    pausedMs = 20_000
    expect(a.isLeader()).toBe(false)
    await expect(fenced.delete(configMaps, { namespace: 'ns', name: 'mine' })).rejects.toThrow(LeadershipLostError)
    await clockA.advance(2_000)
    expect(await a.ended).toBeInstanceOf(LeadershipLostError)
    expect(b.isLeader()).toBe(true)
    b.stop.abort()
    await b.ended
  })

  test('a lease that somebody else took is lost at once', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    const a = candidate(api, clock, 'a')
    await clock.advance(0)
    const thief = api.client()
    const lease = await thief.get(leases, { namespace: 'ns', name: 'lock' })
    await thief.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: 'thief' } })
    await clock.advance(2000)
    expect(await a.ended).toBeInstanceOf(LeadershipLostError)
    expect(leaseOf(api)).toMatchObject({ holderIdentity: 'thief' })
  })

  test.each([
    [{ leaseDurationMs: 10_000 }, 'leaseDurationMs must be greater'],
    [{ renewDeadlineMs: 2_000 }, 'renewDeadlineMs must be greater'],
    [{ identity: '' }, 'identity must not be empty'],
  ])('settings that are not safe are refused: %j', (setting, message) => {
    const base = {
      client: new FakeApi().client(),
      clock: createManualClock(),
      log,
      namespace: 'n',
      name: 'l',
      identity: 'a',
    }
    expect(() => createLeaderElector({ ...base, ...setting })).toThrow(message)
  })
})

test('MicroTime has six digits', () => {
  expect(microTime(Date.parse('2026-01-02T03:04:05Z'))).toBe('2026-01-02T03:04:05.000000Z')
})
