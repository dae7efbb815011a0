import assert from 'node:assert/strict'

import type { Observation } from '../../../observation.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { Drive, keyOf } from '../drive.ts'
import type { ConformanceHarness, PlantedGroup } from '../harness.ts'

/** Nothing that a pool wants may touch a group of these marks. */
async function staysUntouched(harness: ConformanceHarness, marks: PlantedGroup['marks']): Promise<void> {
  const drive = new Drive(harness)
  await harness.cloud.plant!(drive.pool, { marks, size: 2, drifted: false })
  await harness.clock.advance(10 * harness.stepMs)
  const before = await harness.cloud.describe(drive.pool)
  const observed = await drive.observe()
  assert.notEqual(observed.owner, 'ours', 'a group without our mark was taken for ours')
  for (const presence of ['present', 'absent'] as const) {
    for (const size of [0, 5]) {
      const actions = await drive.plan({ presence, size }, observed)
      assert.deepEqual(
        actions.map(({ type }) => type),
        [],
        `writes were planned for a group that is not ours (${presence})`,
      )
    }
  }
  assert.deepEqual(await harness.cloud.describe(drive.pool), before, 'the group was changed')
}

function lives(observed: Observation): readonly unknown[] {
  return observed.instances.map(keyOf).toSorted((a, b) => (a.incarnation < b.incarnation ? -1 : 1))
}

export const ownershipCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-001',
    rule: 'R2',
    title: 'a new group is ours, also for a process that remembers nothing',
    async run(harness) {
      const drive = new Drive(harness)
      const made = await drive.converge({ size: 1 })
      assert.equal(made.owner, 'ours')
      assert.ok(made.providerID, 'the group has no identifier')
      await harness.restart()
      // A moved pool: same management id, nothing recorded.
      drive.pool = { ...drive.pool, recorded: {} }
      const seen = await drive.observe()
      assert.equal(seen.owner, 'ours')
      assert.equal(seen.providerID, made.providerID)
    },
  },
  {
    id: 'IMP-002',
    rule: 'R2',
    title: 'a group with the mark of another pool is never touched',
    needs: ['plant'],
    run: (harness) => staysUntouched(harness, 'otherPool'),
  },
  {
    id: 'IMP-003',
    rule: 'R2',
    title: 'a group without any mark is never touched',
    needs: ['plant'],
    run: (harness) => staysUntouched(harness, 'none'),
  },
  {
    id: 'IMP-004',
    rule: 'R2',
    title: "a group with upstream's marks is never touched without permission to adopt",
    needs: ['plant'],
    run: (harness) => staysUntouched(harness, 'upstream'),
  },
  {
    id: 'IMP-005',
    rule: 'R29',
    title: 'taking over an equal group from upstream replaces no instance and marks the group as ours',
    needs: ['plant'],
    async run(harness) {
      const drive = new Drive(harness, { adopt: true })
      await harness.cloud.plant!(drive.pool, { marks: 'upstream', size: 2, drifted: false })
      await harness.clock.advance(10 * harness.stepMs)
      const before = await drive.observe()
      assert.equal(before.owner, 'adoptable')
      const after = await drive.converge({ size: 2 })
      assert.equal(after.owner, 'ours')
      assert.deepEqual(lives(after), lives(before), 'an instance was replaced')
      assert.ok(
        after.instances.every(({ revision }) => revision !== undefined),
        'an instance has no revision although its template was stamped',
      )
    },
  },
  {
    id: 'IMP-006',
    rule: 'R29',
    title: 'taking over a different group says what differs and replaces no instance',
    needs: ['plant'],
    async run(harness) {
      const drive = new Drive(harness, { adopt: true })
      await harness.cloud.plant!(drive.pool, { marks: 'upstream', size: 2, drifted: true })
      await harness.clock.advance(10 * harness.stepMs)
      const before = await drive.observe()
      const after = await drive.converge({ size: 2, roll: true })
      const differences = harness.provider.drift(await drive.desired({ size: 2 }, after), after)
      assert.ok(differences.length > 0, 'no difference was found')
      assert.deepEqual(lives(after), lives(before), 'an instance was replaced')
    },
  },
  {
    id: 'IMP-007',
    rule: 'R5',
    title: 'deleting pool np does not touch pool np-gpu',
    async run(harness) {
      const other = new Drive(harness, { key: { namespace: 'default', name: 'np-gpu' } })
      const one = new Drive(harness)
      await other.converge({ size: 2 })
      await one.converge({ size: 1 })
      const before = await harness.cloud.describe(other.pool)
      await one.converge({ presence: 'absent' })
      assert.deepEqual(await harness.cloud.describe(other.pool), before)
    },
  },
  {
    id: 'IMP-008',
    rule: 'R4',
    title: 'what is ours beside a group of somebody else is deleted with the pool, and the group is not touched',
    needs: ['plant'],
    async run(harness) {
      const drive = new Drive(harness)
      const [first] = await drive.plan({ size: 1 }, await drive.observe())
      if (first?.type === 'CreateTemplate') await drive.execute(first)
      await harness.cloud.plant!(drive.pool, { marks: 'otherPool', size: 1, drifted: false })
      await harness.clock.advance(10 * harness.stepMs)
      const before = await drive.observe()
      assert.notEqual(before.owner, 'ours', 'a group without our mark was taken for ours')
      const allowed = new Set(['DeleteTemplate', 'DeleteLeftover'])
      let seen = before
      for (let round = 0; round <= before.leftovers.length; round++) {
        const [action] = await drive.plan({ presence: 'absent', size: 0 }, seen)
        if (action === undefined) break
        assert.ok(allowed.has(action.type), `${action.type} was planned beside a group that is not ours`)
        await drive.execute(action)
        await harness.clock.advance(harness.stepMs)
        seen = await drive.observe()
      }
      assert.deepEqual(seen.leftovers, [], 'what is ours was left behind')
      assert.deepEqual(
        { exists: seen.exists, owner: seen.owner, lives: lives(seen) },
        { exists: true, owner: before.owner, lives: lives(before) },
      )
    },
  },
]
