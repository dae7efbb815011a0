import assert from 'node:assert/strict'

import { unless, type ConformanceCase } from '../conformance-case.ts'
import { bootstrapData, Drive, keyOf, live } from '../drive.ts'

export const templateCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-030',
    rule: 'R15',
    title: 'instances say which revision they were made from',
    async run(harness) {
      const drive = new Drive(harness)
      const first = await drive.converge({ size: 1 })
      const { revision } = await drive.desired({ size: 1 }, first)
      assert.deepEqual(
        first.instances.map((each) => each.revision),
        [revision],
      )
      assert.deepEqual(
        first.templates.filter(({ current }) => current).map((each) => each.revision),
        [revision],
        'not exactly one current template of that revision',
      )
    },
  },
  {
    id: 'IMP-031',
    rule: 'R15',
    title: 'after a change of shape old instances are outdated, and new ones are not',
    notApplicable: ({ cloudRollout }) => unless(cloudRollout !== 'always', 'the cloud replaces them at once'),
    async run(harness) {
      const drive = new Drive(harness)
      const old = live(await drive.converge({ size: 1 }))[0]!
      drive.pool = { ...drive.pool, spec: harness.specs.reshaped }
      const grown = await drive.converge({ size: 2 })
      const { revision } = await drive.desired({ size: 2 }, grown)
      const stayed = grown.instances.find(({ incarnation }) => incarnation === old.incarnation)
      const added = grown.instances.find(({ incarnation }) => incarnation !== old.incarnation)
      assert.equal(stayed?.revision, old.revision, 'the old instance changed its revision')
      assert.notEqual(stayed?.revision, revision)
      assert.equal(added?.revision, revision, 'the new instance is not of the new revision')
    },
  },
  {
    id: 'IMP-032',
    rule: 'R15',
    title: 'a roll ends with every instance of the new revision, and unused templates are gone',
    notApplicable: ({ removeKeepingSize, cloudRollout }) =>
      unless(removeKeepingSize !== 'no' || cloudRollout === 'always', 'neither the engine nor the cloud rolls alone'),
    async run(harness) {
      const drive = new Drive(harness)
      const before = new Set(live(await drive.converge({ size: 3 })).map(({ incarnation }) => incarnation))
      drive.pool = { ...drive.pool, spec: harness.specs.reshaped }
      let after = await drive.converge({ size: 3, roll: true })
      // A rollout by the cloud may pause between two instances with everything running.
      for (let wait = 0; wait < 50 && after.rollout?.state === 'InProgress'; wait++) {
        await harness.clock.advance(harness.stepMs)
        after = await drive.converge({ size: 3, roll: true })
      }
      const { revision } = await drive.desired({ size: 3 }, after)
      assert.deepEqual(
        live(after).map((each) => each.revision),
        [revision, revision, revision],
      )
      assert.ok(live(after).every(({ incarnation }) => !before.has(incarnation)))
      assert.equal(after.templates.length, 1, 'a template that nothing uses was left')
    },
  },
  {
    id: 'IMP-033',
    rule: 'R14',
    title: 'new bootstrap content reaches new instances and replaces none',
    async run(harness) {
      const drive = new Drive(harness)
      const before = live(await drive.converge({ size: 2 })).map(keyOf)
      const bootstrap = bootstrapData(undefined, 'rotated-token')
      const after = await drive.converge({ size: 2, bootstrap, roll: true })
      assert.deepEqual(new Set(live(after).map(({ incarnation }) => incarnation)), lifeSet(before))
      const current = after.templates.find((each) => each.current)
      // Where the cloud rolls for every template, replacing nothing goes before new content.
      if (harness.provider.capabilities.cloudRollout !== 'always') {
        assert.equal(current?.bootstrapHash, bootstrap.contentHash, 'new instances would start with the old content')
      }
      assert.ok(
        live(after).every(({ revision }) => revision === current?.revision),
        'new content made instances outdated',
      )
    },
  },
  {
    id: 'IMP-034',
    rule: 'R13',
    title: 'a change that waits for approval leaves the template alone, and sizes go on',
    async run(harness) {
      const drive = new Drive(harness)
      const before = await drive.converge({ size: 1 })
      drive.pool = { ...drive.pool, spec: harness.specs.reshaped }
      const after = await drive.converge({ size: 2, template: 'leave' })
      assert.deepEqual(
        after.templates.map(({ id, current }) => ({ id, current })),
        before.templates.map(({ id, current }) => ({ id, current })),
      )
      assert.equal(live(after).length, 2)
    },
  },
  {
    id: 'IMP-035',
    rule: 'R21',
    title: 'the image stays while the question for it stays the same',
    needs: ['moveImage'],
    async run(harness) {
      const { specs } = harness
      assert.ok(specs.lookedUp, 'the harness has no spec with an image to look up')
      const drive = new Drive(harness, { spec: specs.lookedUp.found })
      const before = await drive.desired({ size: 1 }, await drive.converge({ size: 1 }))
      harness.cloud.moveImage!()
      await harness.restart()
      await harness.clock.advance(24 * 3_600_000)
      const stayed = await drive.desired({ size: 1 }, await drive.observe())
      assert.equal(stayed.revision, before.revision, 'a new image of the same name made everything outdated')
      drive.pool = { ...drive.pool, version: 'v1.35.0' }
      const moved = await drive.desired({ size: 1 }, await drive.observe())
      assert.notEqual(moved.revision, before.revision, 'a new Kubernetes version kept the old image')
    },
  },
  {
    id: 'IMP-036',
    rule: 'DESIGN 3',
    title: 'an image that does not exist is a problem to report, not an error that stops deletion',
    async run(harness) {
      const { specs } = harness
      if (!specs.lookedUp) return
      const drive = new Drive(harness, { spec: specs.lookedUp.nowhere })
      const resolved = await harness.provider.resolve(drive.pool, await drive.observe(), drive.io())
      assert.equal(resolved.problems.length, 1)
      assert.ok(resolved.problems[0]!.reason)
      await drive.converge({ presence: 'absent' })
    },
  },
]

function lifeSet(keys: readonly { readonly incarnation: string }[]): ReadonlySet<string> {
  return new Set(keys.map(({ incarnation }) => incarnation))
}
