import assert from 'node:assert/strict'

import { ProviderError } from '../../../errors.ts'
import type { Capabilities } from '../../../capabilities.ts'
import { unless, type ConformanceCase } from '../conformance-case.ts'
import { Drive, keyOf, live, removal } from '../drive.ts'

const chosen = ({ removeChosen }: Capabilities): string | undefined =>
  unless(removeChosen, 'the cloud chooses its victims')

export const sizeCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-020',
    rule: 'R6',
    title: 'a converged pool plans nothing and writes nothing',
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      for (let poll = 0; poll < 5; poll++) {
        await harness.clock.advance(60_000)
        const { result, writes } = await drive.counting(() => drive.round({ size: 2 }))
        assert.equal(result, 'converged')
        assert.equal(writes, 0)
      }
      await harness.restart()
      assert.deepEqual(await drive.plan({ size: 2 }), [], 'a new process wants to write')
    },
  },
  {
    id: 'IMP-021',
    rule: 'R9',
    title: 'the size goes up, down and to zero and back',
    notApplicable: ({ scaleToZero }) => unless(scaleToZero, 'the minimum is above zero'),
    async run(harness) {
      const drive = new Drive(harness)
      for (const size of [1, 3, 2, 0, 2]) {
        const observed = await drive.converge({ size })
        assert.equal(live(observed).length, size)
        assert.equal(observed.size?.desired, size)
      }
    },
  },
  {
    id: 'IMP-022',
    rule: 'R10',
    title: 'exactly the named incarnation leaves, and the size goes down with it',
    notApplicable: chosen,
    async run(harness) {
      const drive = new Drive(harness)
      const before = live(await drive.converge({ size: 3 })).map(keyOf)
      const victim = before[1]!
      const after = await drive.converge({ size: 2, remove: [removal(victim, false)] })
      const expected = before.filter(({ incarnation }) => incarnation !== victim.incarnation)
      const left = live(after).map(keyOf)
      assert.deepEqual(left.toSorted(byLife), expected.toSorted(byLife))
      assert.equal(after.size?.desired, 2)
    },
  },
  {
    id: 'IMP-023',
    rule: 'R10',
    title: 'an instance that is removed with its place kept is replaced by one other',
    notApplicable: ({ removeKeepingSize }) => unless(removeKeepingSize !== 'no', 'the place cannot be kept'),
    async run(harness) {
      const drive = new Drive(harness)
      const before = live(await drive.converge({ size: 3 }))
      const victim = before[1]!
      const after = await drive.converge({ size: 3, remove: [removal(victim, true)] })
      const stayed = live(after).filter((each) => before.some(({ incarnation }) => incarnation === each.incarnation))
      assert.equal(live(after).length, 3)
      assert.equal(after.size?.desired, 3)
      assert.deepEqual(
        stayed.map(keyOf).toSorted(byLife),
        before
          .filter((each) => each !== victim)
          .map(keyOf)
          .toSorted(byLife),
      )
    },
  },
  {
    id: 'IMP-024',
    rule: 'R10',
    title: 'a removal that names another life of the instance is a Conflict and removes nothing',
    notApplicable: ({ removeChosen, reusesProviderIDs }) =>
      unless(removeChosen && reusesProviderIDs, 'names of instances are never used again'),
    needs: ['recreate'],
    async run(harness) {
      const drive = new Drive(harness)
      const observed = await drive.converge({ size: 2 })
      const victim = live(observed)[0]!
      const actions = await drive.plan({ size: 1, remove: [removal(victim, false)] }, observed)
      const action = actions.find(({ type }) => type === 'RemoveInstances')
      assert.ok(action, 'no removal was planned')
      await harness.cloud.recreate!(keyOf(victim))
      const before = await harness.cloud.describe(drive.pool)
      await assert.rejects(drive.execute(action), (error) => ProviderError.is(error) && error.code === 'Conflict')
      assert.deepEqual(await harness.cloud.describe(drive.pool), before, 'the other life was harmed')
    },
  },
  {
    id: 'IMP-025',
    rule: 'R10',
    title: 'removing what is gone already is done',
    notApplicable: chosen,
    async run(harness) {
      const drive = new Drive(harness)
      const observed = await drive.converge({ size: 2 })
      const victim = live(observed)[0]!
      const actions = await drive.plan({ size: 1, remove: [removal(victim, false)] }, observed)
      const action = actions.find(({ type }) => type === 'RemoveInstances')
      assert.ok(action, 'no removal was planned')
      await drive.converge({ size: 1, remove: [removal(victim, false)] })
      const before = await harness.cloud.describe(drive.pool)
      assert.deepEqual(await drive.execute(action), { status: 'done' })
      await harness.clock.advance(10 * harness.stepMs)
      assert.deepEqual(await harness.cloud.describe(drive.pool), before, 'the repeated removal changed something')
    },
  },
  {
    id: 'IMP-026',
    rule: 'DESIGN 3',
    title: 'a resize never goes below the number of live instances',
    notApplicable: ({ resizeRemovesLive }) => unless(!resizeRemovesLive, 'the size is the only way down'),
    async run(harness) {
      const drive = new Drive(harness)
      const observed = await drive.converge({ size: 3 })
      const desired = { ...(await drive.desired({ size: 1 }, observed)), remove: [] }
      for (const action of harness.provider.plan(desired, observed)) {
        assert.ok(action.type !== 'Resize' || action.to >= 3, 'a resize would take live instances')
      }
      await harness.clock.advance(10 * harness.stepMs)
      assert.equal(live(await drive.observe()).length, 3)
    },
  },
  {
    id: 'IMP-027',
    rule: 'R7',
    title: 'the size is left alone when nobody asks for one, also at creation',
    async run(harness) {
      const drive = new Drive(harness, { externallyScaled: true })
      const made = await drive.converge({ size: undefined })
      assert.equal(made.size?.desired, made.size?.min, 'a new group does not start at its minimum')
      await drive.converge({ size: 3 })
      drive.planned.length = 0
      const after = await drive.converge({ size: undefined })
      assert.equal(after.size?.desired, 3)
      assert.deepEqual(drive.planned, [])
    },
  },
  {
    id: 'IMP-028',
    rule: 'R15',
    title: 'other tags and bounds reach the cloud and replace nothing',
    async run(harness) {
      const drive = new Drive(harness)
      const before = live(await drive.converge({ size: 2 })).map(keyOf)
      for (const spec of [harness.specs.retagged, harness.specs.widened]) {
        const description = await harness.cloud.describe(drive.pool)
        drive.pool = { ...drive.pool, spec }
        const after = await drive.converge({ size: 2, roll: true })
        assert.deepEqual(live(after).map(keyOf).toSorted(byLife), before.toSorted(byLife), 'an instance was replaced')
        assert.notDeepEqual(await harness.cloud.describe(drive.pool), description, 'nothing reached the cloud')
      }
    },
  },
  {
    id: 'IMP-029',
    rule: 'DESIGN 3',
    title: "instances above the group's desired size are the cloud's business: the size stays, and none is removed",
    needs: ['rebalance'],
    async run(harness) {
      const drive = new Drive(harness)
      await drive.converge({ size: 2 })
      harness.cloud.rebalance!(drive.pool)
      await harness.clock.advance(10 * harness.stepMs)
      const observed = await drive.observe()
      assert.equal(live(observed).length, 3)
      assert.equal(observed.size?.desired, 2, 'the size is not the desired one')
      assert.deepEqual(await drive.plan({ size: 2 }, observed), [])
    },
  },
]

function byLife(a: { readonly incarnation: string }, b: { readonly incarnation: string }): number {
  return a.incarnation < b.incarnation ? -1 : 1
}
