import { readFile } from 'node:fs/promises'

import type { JsonValue, Observation } from '@machinepool/contract'
import { awsMachinePoolKind, createAwsProvider, type AWSMachinePoolSpec } from '@machinepool/provider-aws'
import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator, type AwsSimulator } from '@machinepool/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { desiredOf, ioOf, poolOf } from '../../contract/aws/pool.ts'
import { fieldCases, plainTemplate, type Effect } from './spec-fields.ts'

/** Every leaf of the spec, as the schema has it: `a.b[].c`. */
function leaves(schema: unknown, path = ''): readonly string[] {
  const { properties, items } = schema as { properties?: Record<string, unknown>; items?: unknown }
  if (items !== undefined) return leaves(items, `${path}[]`)
  if (properties === undefined) return [path]
  return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`))
}

const { spec: specSchema } = (
  awsMachinePoolKind.versions['v1beta2']!.schema as unknown as { properties: Record<'spec', unknown> }
).properties

test('every leaf of the spec has an entry, and every entry a leaf', () => {
  expect(Object.keys(fieldCases).toSorted()).toEqual([...leaves(specSchema)].toSorted())
})

let clock: ManualClock
let simulator: AwsSimulator
let provider: ReturnType<typeof createAwsProvider>
beforeEach(async () => {
  clock = createManualClock()
  simulator = await createAwsSimulator({ clock })
  for (const id of ['ami-11111111', 'ami-22222222']) {
    simulator.region().addImage({
      id,
      name: id,
      owner: '123456789012',
      architecture: 'x86_64',
      created: 0,
      rootDevice: '/dev/sda1',
      rootSize: 8,
      tags: [],
    })
  }
  provider = createAwsProvider({
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    endpoints: { autoscaling: simulator.url, ec2: simulator.url, ssm: simulator.url },
  })
})
afterEach(async () => {
  await provider.close()
  await simulator.close()
})

const plain: AWSMachinePoolSpec = {
  minSize: 0,
  maxSize: 10,
  subnets: [{ id: 'subnet-123' }],
  awsLaunchTemplate: plainTemplate,
}

function soon(ms: number, callback: () => void): () => void {
  if (ms > 200) return clock.after(ms, callback)
  const timer = setImmediate(callback)
  return () => clearImmediate(timer)
}

/** Deleting what nothing runs any more is no effect of a field. */
const tidying = ['DeleteLaunchTemplateVersions', 'ModifyLaunchTemplate', 'DeleteTags']

interface Pass {
  readonly observed: Observation
  readonly revision: string
  /** Writes, in their order. */
  readonly writes: readonly { readonly operation: string; readonly input: JsonValue }[]
}

/** Executes what is planned until nothing is; `start`: with an instance refresh at the end. */
async function converge(changes: Partial<AWSMachinePoolSpec>, start = false): Promise<Pass> {
  const pool = poolOf({ ...plain, ...changes })
  const { machinePool } = provider
  // What waits in order to share a call need not wait for the clock.
  const io = ioOf({ clock: { now: () => clock.now(), after: soon } })
  const before = simulator.calls.list().length
  for (let turn = 0; turn < 15; turn++) {
    const observed = await machinePool.observe(pool, io)
    const resolved = await machinePool.resolve(pool, observed, io)
    expect(resolved.problems).toEqual([])
    const revision = machinePool.revision(pool, resolved, undefined)
    const wish = { size: undefined, hold: false, bootstrap: undefined }
    const [action] = machinePool.plan(desiredOf(pool, resolved, revision, wish), observed)
    if (action !== undefined) {
      await machinePool.execute(pool, action, io)
      continue
    }
    if (start) {
      const wanted = desiredOf(pool, resolved, revision, { ...wish, rollout: 'start' })
      const refresh = machinePool.plan(wanted, observed).find(({ type }) => type === 'StartRollout')
      await machinePool.execute(pool, refresh!, io)
    }
    const writes = simulator.calls
      .list()
      .slice(before)
      .filter(({ operation }) => !/^(Describe|Get)/.test(operation))
      .map(({ operation, input }) => ({ operation, input: input as JsonValue }))
    return { observed, revision, writes }
  }
  throw new Error('the pool does not converge')
}

/** What AWS has of the pool, but for what grows by itself. */
function settings(): unknown {
  const {
    members: _members,
    desired: _desired,
    arn: _arn,
    created: _created,
    cause: _cause,
    ...group
  } = simulator.region().groups()[0]!
  const template = simulator.region().launchTemplates()[0]!
  // AWS has no hook whose metadata was taken away, only one with a blank.
  const hooks = group.hooks.map(({ NotificationMetadata: metadata, ...hook }) => ({
    ...hook,
    metadata: metadata?.trim() || undefined,
  }))
  return JSON.parse(
    JSON.stringify({ group: { ...group, hooks }, data: template.versions.at(-1)!.data, tags: template.tags }),
  )
}

function valueAt(value: JsonValue | object | undefined, path: string): unknown {
  return path.split('.').reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value)
}

/** The entries with one sort of effect, as rows of `test.each`. */
function casesOf<Kind extends Effect['kind']>(kind: Kind) {
  return Object.entries(fieldCases).flatMap(([path, { from = {}, to, effect }]) =>
    isOf(kind, effect) ? [{ path, from, to, effect }] : [],
  )
}

function isOf<Kind extends Effect['kind']>(
  kind: Kind,
  effect: Effect,
): effect is Extract<Effect, { readonly kind: Kind }> {
  return effect.kind === kind
}

test.each(casesOf('writes'))('$path is sent, compared, and taken back when it leaves the spec', async (field) => {
  const { from, to, effect } = field
  const before = await converge(from)
  const had = settings()
  const set = await converge(to)
  const operations = set.writes.map(({ operation }) => operation).filter((operation) => !tidying.includes(operation))
  expect(operations.toSorted()).toEqual([...effect.calls].toSorted())
  const sent = set.writes.find(({ operation }) => operation === effect.calls[0])!.input
  expect(valueAt(sent, effect.sends[0])).toEqual(effect.sends[1])
  expect(set.revision !== before.revision).toBe(effect.rolls)
  const back = await converge(from)
  expect(back.revision).toBe(before.revision)
  await clock.advance(60_000)
  await converge(from)
  expect(settings()).toEqual(had)
})

test.each(casesOf('refresh'))('$path reaches an instance refresh, and nothing before', async ({ from, to, effect }) => {
  await converge(from)
  const { writes } = await converge(to, true)
  expect(writes.map(({ operation }) => operation)).toEqual(['StartInstanceRefresh'])
  expect(valueAt(writes[0]!.input, effect.sends[0])).toEqual(effect.sends[1])
})

test.each(casesOf('policy'))('$path is read by the engine', ({ from, to, effect }) => {
  const says = (spec: Partial<AWSMachinePoolSpec>) =>
    valueAt(provider.machinePool.interpret(poolOf({ ...plain, ...spec })), effect.says[0])
  expect(says(to)).toEqual(effect.says[1])
  expect(says(from)).not.toEqual(effect.says[1])
})

test.each(casesOf('ignored'))('$path changes nothing: $effect.reason', async ({ from, to }) => {
  await converge(from)
  expect((await converge(to)).writes).toEqual([])
})

test.each(casesOf('elsewhere'))('$path is in $effect.test', async ({ path, effect }) => {
  const source = await readFile(new URL(`../../../${effect.test}`, import.meta.url), 'utf8')
  expect(source).toContain(path.split('.').at(-1)!.replace('[]', ''))
})
