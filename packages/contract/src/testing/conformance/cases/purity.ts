import assert from 'node:assert/strict'

import { ProviderError } from '../../../errors.ts'
import { parseRevision } from '../../../revision.ts'
import { Sensitive } from '../../../sensitive.ts'
import { unless, type ConformanceCase } from '../conformance-case.ts'
import { bootstrapData, Drive, keyOf, live, removal, type Wish } from '../drive.ts'

/** Freezes plain data all the way down; a write to it then throws. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Sensitive || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}

const content = 'join-token-alpha'

export const purityCases: readonly ConformanceCase[] = [
  {
    id: 'IMP-010',
    rule: 'DESIGN 3',
    title: 'plan changes none of its inputs, calls nothing, and says the same each time',
    async run(harness) {
      const drive = new Drive(harness)
      const seen = [await drive.observe(), await drive.converge({ size: 2 })]
      const wishes: readonly Wish[] = [
        { size: 3 },
        { size: 0 },
        { size: 2, bootstrap: bootstrapData('default/other') },
        { presence: 'absent' },
      ]
      for (const observed of seen) {
        for (const wish of wishes) {
          const desired = deepFreeze(await drive.desired(wish, observed))
          deepFreeze(observed)
          const planned = await drive.counting(async () => [
            harness.provider.plan(desired, observed),
            harness.provider.plan(desired, observed),
          ])
          assert.equal(planned.calls, 0, 'plan called the cloud')
          assert.deepEqual(planned.result[0], planned.result[1], 'plan said two different things')
        }
      }
    },
  },
  {
    id: 'IMP-011',
    rule: 'DESIGN 3',
    title: 'actions are data with a reason and a key, the same in every process',
    async run(harness) {
      const drive = new Drive(harness)
      const first = await drive.plan({ size: 2 })
      await harness.restart()
      const second = await drive.plan({ size: 2 })
      assert.ok(first.length > 0)
      assert.deepEqual(JSON.parse(JSON.stringify(second)), JSON.parse(JSON.stringify(first)))
      for (const action of first) {
        assert.ok(action.reason.length > 0, `${action.type} gives no reason`)
        assert.ok(action.idempotencyKey.length > 0, `${action.type} has no key`)
        assert.deepEqual(JSON.parse(JSON.stringify(action.parameters)), action.parameters)
      }
      const keys = new Set(first.map(({ idempotencyKey }) => idempotencyKey))
      assert.equal(keys.size, first.length, 'two actions share a key')
    },
  },
  {
    id: 'IMP-012',
    rule: 'R14',
    title: 'the revision follows what instances are made of: the secret name, not its content',
    async run(harness) {
      const { provider, specs } = harness
      const drive = new Drive(harness)
      const observed = await drive.observe()
      const resolved = await provider.resolve(drive.pool, observed, drive.io())
      const of = (spec: unknown, bootstrap = bootstrapData()): string =>
        provider.revision({ ...drive.pool, spec }, resolved, bootstrap)
      const base = of(specs.base)
      assert.ok(parseRevision(base), `${base} is not of the form v<N>:<hash>`)
      assert.equal(of(structuredClone(specs.base)), base, 'not stable')
      assert.equal(of(specs.base, bootstrapData(undefined, 'rotated-token')), base, 'content changed it')
      assert.notEqual(of(specs.base, bootstrapData('default/another')), base, 'the secret name did not change it')
      assert.notEqual(of(specs.reshaped), base, 'another shape of instance did not change it')
      assert.notEqual(of(specs.base, { ...bootstrapData(), revision: 'r1' }), base, 'the opted-in revision did not')
    },
  },
  {
    id: 'IMP-013',
    rule: 'R15',
    title: 'tags and sizes are no part of the revision',
    async run(harness) {
      const { provider, specs } = harness
      const drive = new Drive(harness)
      const resolved = await provider.resolve(drive.pool, await drive.observe(), drive.io())
      const of = (spec: unknown): string => provider.revision({ ...drive.pool, spec }, resolved, bootstrapData())
      assert.equal(of(specs.retagged), of(specs.base), 'tags changed it')
      assert.equal(of(specs.widened), of(specs.base), 'the maximum changed it')
      assert.equal(
        provider.revision({ ...drive.pool, replicas: 7 }, resolved, bootstrapData()),
        of(specs.base),
        'replicas changed it',
      )
    },
  },
  {
    id: 'IMP-014',
    rule: 'R18',
    title: 'a spec that contradicts itself is InvalidSpec and names the field',
    async run(harness) {
      const drive = new Drive(harness, { spec: harness.specs.invalid })
      try {
        harness.provider.interpret(drive.pool)
      } catch (error) {
        assert.ok(ProviderError.is(error), `not a ProviderError: ${String(error)}`)
        assert.equal(error.code, 'InvalidSpec')
        assert.ok(error.field, 'the error names no field')
        return
      }
      assert.fail('the spec was accepted')
    },
  },
  {
    id: 'IMP-015',
    rule: 'R4',
    title: 'the recorded location is enough when the cluster objects are gone',
    async run(harness) {
      const drive = new Drive(harness)
      const { location } = harness.provider.interpret(drive.pool)
      const { namespace, name } = drive.pool.cluster
      drive.pool = { ...drive.pool, cluster: { namespace, name }, recorded: { location } }
      assert.deepEqual(harness.provider.interpret(drive.pool).location, location)
    },
  },
  {
    id: 'IMP-016',
    rule: 'R20',
    title: 'no secret is in actions, logs, errors or the report',
    async run(harness) {
      const drive = new Drive(harness)
      harness.cloud.fail?.('write', 'Unavailable', 1)
      const observed = await drive.converge({ size: 1 })
      const report = harness.provider.report(drive.pool, observed)
      const texts = {
        actions: JSON.stringify(drive.planned),
        logs: JSON.stringify(drive.lines),
        errors: drive.errors.map(({ message, stack }) => `${message} ${stack}`).join('\n'),
        observation: JSON.stringify(observed),
        report: JSON.stringify(report),
      }
      for (const [where, text] of Object.entries(texts)) {
        const encoded = Buffer.from(`#cloud-config\n# secret: ${content}\n`).toString('base64')
        assert.ok(!text.includes(content) && !text.includes(encoded), `the bootstrap data is in the ${where}`)
      }
    },
  },
  {
    id: 'IMP-017',
    rule: 'DESIGN 3',
    title: 'the report and the observation are plain data, and every condition has a reason',
    async run(harness) {
      const drive = new Drive(harness)
      const observed = await drive.converge({ size: 1 })
      const { group, ...rest } = observed
      assert.ok(group !== undefined)
      assert.deepEqual(JSON.parse(JSON.stringify(rest)), rest)
      const report = harness.provider.report(drive.pool, observed)
      assert.deepEqual(JSON.parse(JSON.stringify(report)), report)
      for (const { type, reason } of report.conditions) assert.match(reason, /^[A-Z][A-Za-z0-9]*$/, type)
      const instances = live(observed)
      assert.equal(new Set(instances.map((each) => JSON.stringify(keyOf(each)))).size, instances.length)
      assert.ok(instances.every(({ providerID, incarnation }) => providerID && incarnation))
    },
  },
  {
    id: 'IMP-018',
    rule: 'DESIGN 3',
    title: 'an action names its instances exactly as they were asked for',
    notApplicable: ({ removeChosen }) => (removeChosen ? undefined : 'the cloud chooses its victims'),
    async run(harness) {
      const drive = new Drive(harness)
      const observed = await drive.converge({ size: 3 })
      const victim = live(observed)[1]!
      const actions = await drive.plan({ size: 2, remove: [removal(victim, false)] }, observed)
      const named = actions.flatMap((action) => (action.type === 'RemoveInstances' ? action.instances : []))
      assert.deepEqual(named.map(keyOf), [keyOf(victim)])
    },
  },
  {
    id: 'IMP-019',
    rule: 'DESIGN 4',
    title: 'the machine object of every instance is data, the same each time, and costs no call',
    notApplicable: (capabilities) => unless(capabilities.machines, 'the pool publishes no machines'),
    async run(harness) {
      const drive = new Drive(harness)
      const observed = deepFreeze(await drive.converge({ size: 2 }))
      const { provider } = harness
      assert.ok(provider.kind.machineKind, 'capability machines without a machine kind')
      const say = () => observed.instances.map((instance) => provider.machine?.(drive.pool, instance, observed))
      const said = await drive.counting(async () => [say(), say()])
      assert.equal(said.calls, 0, 'machine called the cloud')
      assert.deepEqual(said.result[0], said.result[1], 'machine said two different things')
      assert.deepEqual(JSON.parse(JSON.stringify(said.result[0])), said.result[0], 'a machine object is not data')
    },
  },
]
