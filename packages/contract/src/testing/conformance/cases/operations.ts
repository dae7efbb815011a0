import assert from 'node:assert/strict'

import type { Capabilities } from '../../../capabilities.ts'
import { unless, type ConformanceCase } from '../conformance-case.ts'
import { Drive, keyOf, live, removal } from '../drive.ts'

const slow = ({ longRunningOperations }: Capabilities): string | undefined =>
  unless(longRunningOperations, 'writes are in effect when they are answered')

const holds = ({ holdTermination }: Capabilities): string | undefined =>
  unless(holdTermination !== false, 'terminations cannot be held')

/** A pool of two with an instance whose termination the cloud has begun and our hold has stopped. */
async function withHeldInstance(drive: Drive): Promise<{ providerID: string; incarnation: string }> {
  const { harness } = drive
  const before = await drive.converge({ size: 2, hold: true })
  assert.equal(before.holdSet, true, 'the hold was not set')
  const victim = keyOf(live(before)[0]!)
  harness.cloud.terminate!(victim)
  await harness.clock.advance(harness.stepMs)
  return victim
}

export const operationCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-080',
    rule: 'R16',
    title: 'a started operation is reported until it is done, also to a new process, and not started twice',
    notApplicable: slow,
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      await drive.settleWrites({ size: 2 })
      assert.equal(drive.pool.operations.length, 1, 'no operation was started')
      await harness.restart()
      const during = await drive.observe()
      assert.deepEqual(
        during.operations.map(({ id, status }) => ({ id, status })),
        [{ id: drive.pool.operations[0]!.id, status: 'running' }],
      )
      const { writes } = await drive.counting(() => drive.round({ size: 2 }))
      assert.equal(writes, 0, 'the running write was repeated')
      const { operations } = drive.pool
      await harness.clock.advance(20 * harness.stepMs)
      drive.pool = { ...drive.pool, operations }
      assert.deepEqual(
        (await drive.observe()).operations.map(({ status }) => status),
        ['done'],
      )
    },
  },
  {
    id: 'IMP-081',
    rule: 'R16',
    title: 'an operation that fails late is reported with its code and can be tried again',
    notApplicable: slow,
    needs: ['failOperation'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 1 })
      harness.cloud.failOperation!()
      await drive.settleWrites({ size: 2 })
      await harness.clock.advance(20 * harness.stepMs)
      const [state] = (await drive.observe()).operations
      assert.equal(state?.status, 'failed')
      assert.ok(state.code !== 'Internal' && state.message.length > 0)
      assert.equal(live(await drive.converge({ size: 2 })).length, 2)
    },
  },
  {
    id: 'IMP-082',
    rule: 'DESIGN 3',
    title: 'a removal that is still running names its instances',
    notApplicable: (capabilities) =>
      slow(capabilities) ?? unless(capabilities.removeChosen, 'the cloud chooses its victims'),
    async run(harness) {
      const drive = new Drive(harness)
      const victim = keyOf(live(await drive.converge({ size: 2 }))[0]!)
      await drive.settleWrites({ size: 1, remove: [removal(victim, false)] })
      assert.deepEqual(
        drive.pool.operations.flatMap(({ instances }) => instances).map(keyOf),
        [victim],
        'the operation does not say which instances it takes',
      )
      const after = await drive.converge({ size: 1 })
      assert.equal(live(after).length, 1)
    },
  },
  {
    id: 'IMP-085',
    rule: 'R12',
    title: 'a termination by the cloud waits for us, and the instance stays listed',
    notApplicable: holds,
    needs: ['terminate'],
    async run(harness) {
      const drive = new Drive(harness)
      const victim = await withHeldInstance(drive)
      const held = (await drive.observe()).instances.find(({ incarnation }) => incarnation === victim.incarnation)
      assert.equal(held?.state, 'TerminationHeld')
      assert.equal(held.hold?.ours, true)
    },
  },
  {
    id: 'IMP-086',
    rule: 'R12',
    title: 'a released instance goes, once, and releasing it again is done',
    notApplicable: holds,
    needs: ['terminate'],
    async run(harness) {
      const drive = new Drive(harness)
      const victim = await withHeldInstance(drive)
      const action = (await drive.plan({ size: 2, hold: true })).find(({ type }) => type === 'ReleaseInstance')
      assert.ok(action?.type === 'ReleaseInstance', 'no release was planned')
      assert.deepEqual(keyOf(action.instance), victim)
      assert.deepEqual(await drive.execute(action), { status: 'done' })
      assert.deepEqual(await drive.execute(action), { status: 'done' }, 'a second release failed')
      const after = await drive.converge({ size: 2, hold: true })
      assert.ok(after.instances.every(({ incarnation }) => incarnation !== victim.incarnation))
      assert.deepEqual(await drive.execute(action), { status: 'done' }, 'releasing what is gone failed')
    },
  },
  {
    id: 'IMP-087',
    rule: 'R12',
    title: 'a heartbeat makes the cloud wait longer',
    notApplicable: holds,
    needs: ['terminate'],
    async run(harness) {
      const { holdTermination } = harness.provider.capabilities
      assert.ok(holdTermination)
      const drive = new Drive(harness)
      const victim = await withHeldInstance(drive)
      const half = (holdTermination.heartbeatSeconds * 1_000) / 2
      const wish = { size: 2, hold: true, release: 'none', extend: [victim] } as const
      for (let beat = 0; beat < 3; beat++) {
        await harness.clock.advance(half)
        const action = (await drive.plan(wish)).find(({ type }) => type === 'ExtendHold')
        assert.ok(action, 'no heartbeat was planned')
        await drive.execute(action)
      }
      const held = (await drive.observe()).instances.find(({ incarnation }) => incarnation === victim.incarnation)
      assert.equal(held?.state, 'TerminationHeld', 'the hold ran out in spite of the heartbeats')
    },
  },
  {
    id: 'IMP-088',
    rule: 'R12',
    title: 'the hold is taken away when nobody wants it',
    notApplicable: holds,
    async run(harness) {
      const drive = new Drive(harness)
      assert.equal((await drive.converge({ size: 1, hold: true })).holdSet, true)
      assert.equal((await drive.converge({ size: 1, hold: false })).holdSet, false)
      assert.deepEqual(await drive.plan({ size: 1, hold: false }), [])
    },
  },
  {
    id: 'IMP-090',
    rule: 'R13',
    title: 'a rollout by the cloud is started, seen and cancelled',
    notApplicable: ({ cloudRollout }) => unless(cloudRollout === 'optional', 'the cloud has no rollouts on request'),
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      drive.pool = { ...drive.pool, spec: harness.specs.reshaped }
      // Templates and settings may take their time; no instance is replaced for them.
      await drive.converge({ size: 2 })
      const start = (await drive.plan({ size: 2, rollout: 'start' })).find(({ type }) => type === 'StartRollout')
      assert.ok(start, 'no start was planned')
      await drive.execute(start)
      const during = await drive.observe()
      assert.ok(during.rollout, 'the rollout is not seen')
      const twice = (await drive.plan({ size: 2, rollout: 'start' }, during)).map(({ type }) => type)
      assert.ok(!twice.includes('StartRollout'), 'a running rollout was started again')
      const cancel = (await drive.plan({ size: 2, rollout: 'cancel' }, during)).find(
        ({ type }) => type === 'CancelRollout',
      )
      assert.ok(cancel, 'no cancellation was planned')
      await drive.execute(cancel)
      await harness.clock.advance(10 * harness.stepMs)
      const after = await drive.observe()
      assert.ok(after.rollout === undefined || ['Cancelled', 'Cancelling'].includes(after.rollout.state))
    },
  },
]
