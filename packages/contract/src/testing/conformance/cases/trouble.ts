import assert from 'node:assert/strict'

import { ProviderError, type ErrorCode } from '../../../errors.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { Drive, keyOf, live } from '../drive.ts'
import type { FailureCode } from '../harness.ts'

async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  try {
    await work
  } catch (error) {
    assert.ok(ProviderError.is(error), `not a ProviderError: ${String(error)}`)
    return error.code
  }
  return assert.fail('it succeeded')
}

// More than any SDK repeats a call by itself.
const enough = 100

function failing(id: `IMP-${string}`, code: FailureCode, rule: string): ConformanceCase {
  return {
    id,
    rule,
    title: `${code} is said by its code, by observe and by execute, and passes`,
    needs: ['fail'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      const actions = await drive.plan({ size: 2 })
      assert.ok(actions[0], 'nothing to do')
      harness.cloud.fail!('any', code, enough)
      assert.equal(await codeOf(drive.observe()), code, 'observe')
      assert.equal(await codeOf(drive.execute(actions[0])), code, 'execute')
      harness.cloud.fail!('any', code, 0)
      await harness.clock.advance(300_000)
      assert.equal(live(await drive.converge({ size: 2 })).length, 2)
    },
  }
}

/** The call ends within `ms` of the clock. */
async function endsWithin(
  work: Promise<unknown>,
  ms: number,
  advance: (ms: number) => Promise<void>,
): Promise<ErrorCode | 'ok'> {
  const ended: { as?: ErrorCode | 'ok' } = {}
  const watch = work
    .then(() => 'ok' as const)
    .catch((error: unknown) => (ProviderError.is(error) ? error.code : 'Internal'))
    .then((outcome) => {
      ended.as = outcome
      return outcome
    })
  for (let waited = 0; waited <= ms && ended.as === undefined; waited += 1_000) await advance(1_000)
  assert.ok(ended.as, `the call did not end within ${ms} ms`)
  return watch
}

// An SDK may try again by itself when its attempt got no answer.
const endings: readonly (ErrorCode | 'ok')[] = ['ok', 'Unavailable']

export const troubleCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-060',
    rule: 'R3',
    title: 'a listing that lost a page never looks complete',
    needs: ['failPage'],
    async run(harness) {
      const drive = new Drive(harness)
      const whole = await drive.converge({ size: 4 })
      assert.equal(whole.complete, true)
      harness.cloud.failPage!()
      try {
        const part = await drive.observe()
        if (part.instances.length < 4) assert.equal(part.complete, false, 'a short listing is said to be complete')
        const removals = await drive.plan({ size: 4 }, part)
        assert.deepEqual(
          removals.filter(({ type }) => type === 'RemoveInstances' || type === 'DeleteTemplate'),
          [],
        )
      } catch (error) {
        // Saying that nothing could be read is right as well.
        if (!ProviderError.is(error)) throw error
      }
      assert.equal((await drive.observe()).instances.length, 4)
    },
  },
  failing('IMP-061', 'Throttled', 'R17'),
  failing('IMP-062', 'Unavailable', 'R18'),
  failing('IMP-063', 'Unauthenticated', 'R18'),
  failing('IMP-064', 'PermissionDenied', 'R18'),
  {
    id: 'IMP-065',
    rule: 'R17',
    title: 'throttling never turns into more calls',
    needs: ['fail'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      const healthy = await drive.counting(() => drive.observe())
      harness.cloud.fail!('any', 'Throttled', enough)
      const throttled = await drive.counting(() => codeOf(drive.observe()))
      harness.cloud.fail!('any', 'Throttled', 0)
      assert.ok(throttled.calls <= healthy.calls, `${throttled.calls} calls instead of ${healthy.calls}`)
    },
  },
  {
    id: 'IMP-066',
    rule: 'R19',
    title: 'a shortage of machines is a problem that clears by itself',
    needs: ['shortage'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      harness.cloud.shortage!(true)
      await drive.settleWrites({ size: 3 })
      await harness.clock.advance(5 * harness.stepMs)
      const short = await drive.observe()
      assert.deepEqual([...new Set(short.problems.map(({ code }) => code))], ['InsufficientCapacity'])
      assert.ok(short.problems.every(({ reason }) => reason.length > 0))
      harness.cloud.shortage!(false)
      const cured = await drive.converge({ size: 3 })
      assert.equal(live(cured).length, 3)
      assert.deepEqual(cured.problems, [])
    },
  },
  {
    id: 'IMP-067',
    rule: 'R19',
    title: 'an exhausted quota is a problem that clears by itself',
    needs: ['quota'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      harness.cloud.quota!(true)
      await drive.settleWrites({ size: 3 })
      await harness.clock.advance(5 * harness.stepMs)
      const short = await drive.observe()
      assert.deepEqual([...new Set(short.problems.map(({ code }) => code))], ['QuotaExceeded'])
      harness.cloud.quota!(false)
      assert.deepEqual((await drive.converge({ size: 3 })).problems, [])
    },
  },
  {
    id: 'IMP-068',
    rule: 'DESIGN 8',
    title: 'reads that lag behind writes lead to the same outcome',
    needs: ['lag'],
    async run(harness) {
      const drive = new Drive(harness)
      harness.cloud.lag!(2 * harness.stepMs)
      await drive.converge({ size: 2 })
      const grown = live(await drive.converge({ size: 3 })).map(keyOf)
      const after = await drive.converge({ size: 2 })
      harness.cloud.lag!(0)
      await harness.clock.advance(10 * harness.stepMs)
      const settled = await drive.observe()
      assert.equal(live(settled).length, 2)
      assert.equal(settled.size?.desired, 2)
      assert.equal(after.templates.length, 1)
      const survivors = live(settled).filter((each) => grown.some((old) => old.incarnation === each.incarnation))
      assert.equal(survivors.length, 2, 'an instance was replaced although nobody asked for it')
    },
  },
  {
    id: 'IMP-070',
    rule: 'R17',
    title: 'a caller that gives up is answered at once',
    needs: ['hang'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      const caller = new AbortController()
      harness.cloud.hang!()
      const work = harness.provider.observe(drive.pool, drive.io({ signal: caller.signal }))
      work.catch(() => undefined)
      await harness.clock.advance(1_000)
      caller.abort()
      assert.equal(await endsWithin(work, 1_000, (ms) => harness.clock.advance(ms)), 'Unavailable')
    },
  },
  {
    id: 'IMP-071',
    rule: 'R17',
    title: 'a call that is never answered ends by its own deadline, reads and writes',
    needs: ['hang'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      const [action] = await drive.plan({ size: 2 })
      assert.ok(action, 'nothing to do')
      harness.cloud.hang!()
      const reading = await endsWithin(drive.observe(), 120_000, (ms) => harness.clock.advance(ms))
      assert.ok(endings.includes(reading), `observe ended with ${reading}`)
      harness.cloud.hang!()
      const writing = await endsWithin(drive.execute(action), 120_000, (ms) => harness.clock.advance(ms))
      assert.ok(endings.includes(writing), `execute ended with ${writing}`)
    },
  },
  {
    id: 'IMP-072',
    rule: 'R21',
    title: 'an observation stays within the published call budget and writes nothing',
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      await harness.clock.advance(600_000)
      const { calls, writes } = await drive.counting(() => drive.observe())
      assert.equal(writes, 0)
      const budget = harness.callBudget.observe
      assert.ok(calls <= budget, `${calls} calls, the budget is ${budget}`)
    },
  },
]
