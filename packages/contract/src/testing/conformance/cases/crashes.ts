import assert from 'node:assert/strict'

import type { Action } from '../../../actions.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { Drive, live, type AfterAction } from '../drive.ts'
import type { ConformanceHarness } from '../harness.ts'

/** Creates, grows, changes settings and shrinks a pool, and checks that the outcome is exactly what was asked for. */
async function liveThrough(harness: ConformanceHarness, drive: Drive, after?: AfterAction): Promise<void> {
  await drive.converge({ size: 1 }, after)
  await drive.converge({ size: 3 }, after)
  drive.pool = { ...drive.pool, spec: harness.specs.widened }
  const observed = await drive.converge({ size: 2 }, after)
  assert.equal(live(observed).length, 2, 'wrong number of instances')
  assert.equal(observed.size?.desired, 2, 'wrong size')
  assert.equal(observed.templates.length, 1, 'a template was made twice')
}

async function checkNothingLeft(harness: ConformanceHarness, drive: Drive): Promise<void> {
  assert.deepEqual(await harness.cloud.leaks(drive.pool), [], 'something of the pool is left in the cloud')
}

// Real milliseconds. Only ends a case that hangs; how long a call takes is not judged.
const patienceMs = 5_000

async function returns(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const hanging = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: 'execute waits for time' })), patienceMs)
  })
  try {
    await Promise.race([work, hanging])
  } finally {
    clearTimeout(timer)
  }
}

export const crashCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-040',
    rule: 'DESIGN 3',
    title: 'executing an action again, in another process, changes nothing more',
    async run(harness) {
      const drive = new Drive(harness)
      const again = async (action: Action): Promise<void> => {
        const before = await harness.cloud.describe(drive.pool)
        await harness.restart()
        await drive.execute(action)
        assert.deepEqual(await harness.cloud.describe(drive.pool), before, `${action.type} had an effect twice`)
      }
      await liveThrough(harness, drive, again)
    },
  },
  {
    id: 'IMP-041',
    rule: 'R16',
    title: 'a process that dies after any write is followed by one that finishes the work',
    async run(harness) {
      const drive = new Drive(harness)
      await liveThrough(harness, drive, () => harness.restart())
    },
  },
  {
    id: 'IMP-042',
    rule: 'R16',
    title: 'a write whose answer is lost is not made twice',
    needs: ['loseAnswer'],
    async run(harness) {
      const drive = new Drive(harness)
      const lose = (): void => harness.cloud.loseAnswer!()
      lose()
      await liveThrough(harness, drive, lose)
    },
  },
  {
    id: 'IMP-043',
    rule: 'R16',
    title: 'execute returns without waiting for the cloud to finish',
    async run(harness) {
      const drive = new Drive(harness)
      // Nothing moves the clock here, so a write that waits for time never returns.
      await returns(drive.settleWrites({ size: 2 }))
    },
  },
  {
    id: 'IMP-050',
    rule: 'R4',
    title: 'after deletion nothing of the pool is left',
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      drive.pool = { ...drive.pool, spec: harness.specs.reshaped }
      await drive.converge({ size: 2 })
      await drive.converge({ presence: 'absent' })
      await checkNothingLeft(harness, drive)
      const { writes } = await drive.counting(() => drive.round({ presence: 'absent' }))
      assert.equal(writes, 0, 'deletion never ends')
    },
  },
  {
    id: 'IMP-051',
    rule: 'R4',
    title: 'deletion works when the cluster objects are gone',
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      const { namespace, name } = drive.pool.cluster
      drive.pool = { ...drive.pool, cluster: { namespace, name } }
      await harness.restart()
      await drive.converge({ presence: 'absent' })
      await checkNothingLeft(harness, drive)
    },
  },
  {
    id: 'IMP-052',
    rule: 'R4',
    title: 'a process that dies anywhere in a deletion leaves nothing behind in the end',
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      await drive.converge({ presence: 'absent' }, () => harness.restart())
      await checkNothingLeft(harness, drive)
    },
  },
  {
    id: 'IMP-053',
    rule: 'R4',
    title: 'a pool whose creation stopped halfway is deleted without a rest',
    async run(harness) {
      for (const writes of [1, 2]) {
        const drive = new Drive(harness, { key: { namespace: 'default', name: `half-${writes}` } })
        for (let count = 0; count < writes; count++) await drive.round({ size: 2 })
        await harness.restart()
        await drive.converge({ presence: 'absent' })
        await checkNothingLeft(harness, drive)
      }
    },
  },
  {
    id: 'IMP-054',
    rule: 'R6',
    title: 'deleting a pool that never was writes nothing',
    async run(harness) {
      const drive = new Drive(harness)
      const { result, writes } = await drive.counting(() => drive.round({ presence: 'absent' }))
      assert.equal(result, 'converged')
      assert.equal(writes, 0)
    },
  },
]
