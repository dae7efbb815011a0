import { resourceOf, toCustomResourceDefinition, type Kind } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import type { Desired, JsonObject, JsonValue, Observation } from '@machinepool/contract'
import {
  ApiError,
  createClient,
  loadKubeconfig,
  type Client,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import { gcpKinds, gcpMachinePoolKind, type GcpGroup, type GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { createGcpRest } from '../../e2e/gcp-rest.ts'
import { fields, type Effect, type Field } from './fields.ts'
import { gcpWorld, typesOf, type GcpTestWorld } from './world.ts'

type Spec = Partial<GCPMachinePoolSpec>

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
}

/** Every place of a spec where a value stands, as `a.b[].c`. */
function leavesOf(schema: Schema, path = ''): readonly string[] {
  if (schema.properties) {
    const entries = Object.entries(schema.properties)
    return entries.flatMap(([name, member]) => leavesOf(member, path === '' ? name : `${path}.${name}`))
  }
  if (schema.items) return leavesOf(schema.items, `${path}[]`)
  const more = schema.additionalProperties
  return typeof more === 'object' ? leavesOf(more, `${path}{}`) : [path]
}

test('the table has every field of the spec, and no other', () => {
  const { schema } = gcpMachinePoolKind.versions.v1beta1
  const spec = (schema as unknown as Schema).properties!['spec']!
  expect(fields.map(({ leaf }) => leaf).toSorted()).toEqual([...leavesOf(spec)].toSorted())
})

describe('admission', () => {
  const pools: Resource = resourceOf(gcpMachinePoolKind as Kind) as never
  let server: ApiServer
  let client: Client
  let count = 0

  beforeAll(async () => {
    server = await createApiServer({ crds: gcpKinds.map((kind) => toCustomResourceDefinition(kind)) })
    client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  })

  afterAll(async () => {
    await client.close()
    await server.close()
  })

  /** What the API server says against a spec; empty when it takes it. */
  async function refusal(spec: object): Promise<string> {
    try {
      await client.create(pools, {
        apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
        kind: 'GCPMachinePool',
        metadata: { namespace: 'default', name: `pool-${count++}` },
        spec: { instanceType: 'n2-standard-4', ...spec },
      } as UnknownObject)
      return ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return error.message
    }
  }

  test.each(fields)('takes $leaf, another value of it, and none', async ({ set, other, unset }) => {
    expect([await refusal(set), await refusal(other), await refusal(unset)]).toEqual(['', '', ''])
  })

  const refused = fields.flatMap(({ leaf, refused: specs = [] }) =>
    specs.map(([spec, word], index) => ({ leaf: `${leaf} (${index + 1})`, spec, word })),
  )
  test.each(refused)('refuses a wrong $leaf with a word about it', async ({ spec, word }) => {
    expect(await refusal(spec)).toContain(word)
  })
})

let world: GcpTestWorld | undefined

afterEach(async () => {
  await world?.close()
  world = undefined
})

/** The world of the running test. */
function here(): GcpTestWorld {
  if (world === undefined) throw new Error('no world was started')
  return world
}

/** A pool without instances: what is asked here is what instances would be made from. */
const size = 0

async function start(spec: Spec): Promise<void> {
  world = await gcpWorld()
  const api = createGcpRest(here().simulator.url, 'p1')
  for (const name of ['alive', 'other']) {
    await api.ok('POST', 'global/healthChecks', { name, type: 'TCP', tcpHealthCheck: { port: 10250 } })
  }
  here().cloud.addSubnetwork({ name: 'more', region: 'us-central1', network: 'net', cidr: '10.240.0.0/20' })
  here().cloud.addImage({ path: 'projects/p1/global/images/one', architecture: 'X86_64', diskSizeGb: 10, created: 0 })
  await here().drive.harness.clock.advance(2_000)
  await become(spec)
}

/** The pool as a spec wants it, and then nothing is left to do. */
async function become(spec: Spec): Promise<void> {
  here().change(spec)
  await here().drive.converge({ size })
  expect(typesOf(await here().drive.plan({ size }))).toEqual([])
}

async function revision(spec: Spec): Promise<string> {
  here().change(spec)
  return (await here().drive.desired({ size }, await here().drive.observe())).revision
}

/** The value at a path such as `a.b[0].c`, without hosts of references; null where there is none. */
function at(value: unknown, path: string): JsonValue {
  const steps = path.split(/\.|\[(\d+)\]\.?/).filter((step) => step !== undefined && step !== '')
  const found = steps.reduce<unknown>(
    (current, step) => (current as Record<string, unknown> | undefined)?.[step],
    value,
  )
  return JSON.parse(JSON.stringify(found ?? null).replaceAll('https://www.googleapis.com/compute/v1/', '')) as JsonValue
}

const group = () => here().cloud.groups()[0]!.resource

/** The template that the group makes instances from, as it was sent. */
function template() {
  const name = group().instanceTemplate.split('/').at(-1)
  return here()
    .cloud.templates()
    .find((one) => one.name === name)!
}

type EffectIn<In extends Effect['in']> = Extract<Effect, { readonly in: In }>
type FieldIn<In extends Effect['in']> = Field & { readonly effect: EffectIn<In> }

function fieldsIn<In extends Effect['in']>(...places: readonly In[]): readonly FieldIn<In>[] {
  return fields.filter((field): field is FieldIn<In> => places.some((place) => place === field.effect.in))
}

describe('a field of the template', () => {
  test.each(fieldsIn('template', 'labels'))('$leaf is sent, sent anew, and not sent', async (field) => {
    const { path, values } = field.effect
    await start(field.set)
    expect(at(template().properties, path)).toEqual(values[0])
    await become(field.other)
    expect(at(template().properties, path)).toEqual(values[1])
    await become(field.unset)
    expect(at(template().properties, path)).toEqual(values[2] ?? null)
  })

  test.each(fieldsIn('template'))(
    '$leaf replaces instances when what is sent differs',
    async ({ effect, ...field }) => {
      await start({})
      const revisions = [await revision(field.set), await revision(field.other), await revision(field.unset)]
      const sent = effect.values.map((value) => JSON.stringify(value ?? null))
      for (const [one, other] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        expect(revisions[one] === revisions[other], `${one} ${other}`).toBe(sent[one] === sent[other])
      }
    },
  )

  test.each(fieldsIn('labels'))('$leaf replaces no instance', async ({ set, other, unset }) => {
    await start({})
    expect(new Set([await revision(set), await revision(other), await revision(unset)]).size).toBe(1)
  })

  test.each(fieldsIn('template'))('$leaf is compared with a live template of anybody', async ({ effect, ...field }) => {
    await start(field.set)
    const live = await asForeign()
    expect(await drift(field.set, live)).toEqual([])
    expect(await drift(field.other, live)).toEqual(effect.drift === undefined ? [] : [effect.drift])
  })
})

/** The group made from its own template, seen as if somebody else had made that. */
async function asForeign(): Promise<Observation<GcpGroup>> {
  const observed = (await here().drive.observe()) as unknown as Observation<GcpGroup>
  const { name } = template()
  const api = createGcpRest(here().simulator.url, 'p1')
  const { properties } = (await api.ok('GET', `global/instanceTemplates/${name}`)) as unknown as { properties: object }
  return { ...observed, group: { ...observed.group!, templates: [{ name, properties }] } }
}

async function drift(spec: Spec, live: Observation<GcpGroup>): Promise<readonly string[]> {
  here().change(spec)
  const seen = live as unknown as Observation
  const desired = (await here().drive.desired({ size }, seen)) as Desired<JsonObject>
  return here()
    .drive.harness.provider.drift(desired, seen)
    .map((change) => change.field)
}

describe('a field of the group', () => {
  test.each(fieldsIn('group'))('$leaf is sent, changed, taken away, and replaces nothing', async (field) => {
    const { path, values } = field.effect
    await start(field.set)
    const before = await revision(field.set)
    expect(at(group(), path)).toEqual(values[0])
    await become(field.other)
    expect(at(group(), path)).toEqual(values[1])
    await become(field.unset)
    expect(at(group(), path)).toEqual(values[2] ?? null)
    expect(await revision(field.unset)).toBe(before)
  })
})

describe('a field of the policy', () => {
  test.each(fieldsIn('policy'))('$leaf is what the engine rolls by, and changes no template', async (field) => {
    const { path, values } = field.effect
    await start({})
    const { provider } = here().drive.harness
    const rollout = (spec: Spec) => {
      here().change(spec)
      return at(provider.interpret(here().drive.pool).policy.rollout, path)
    }
    expect([rollout(field.set), rollout(field.other), rollout(field.unset)]).toEqual(values)
    expect(await revision(field.set)).toBe(await revision({}))
  })

  test.each(fieldsIn('updater'))('$leaf is told to Google’s updater', async (field) => {
    await start({})
    const told: JsonValue[] = []
    for (const spec of [field.set, field.other, field.unset]) {
      here().change(spec)
      const actions = await here().drive.plan({ size, rollout: 'start' })
      const action = actions.find(({ type }) => type === 'StartRollout')
      told.push(at(action?.parameters, `body.updatePolicy.${field.effect.path}`))
    }
    expect(told).toEqual(field.effect.values)
  })
})

describe('a field that changes nothing in the cloud', () => {
  test.each(fieldsIn('status'))('$leaf is written by controllers', async (field) => {
    await start({})
    for (const spec of [field.set, field.other, field.unset]) {
      here().change(spec)
      expect(await here().drive.plan({ size })).toEqual([])
    }
  })

  test.each(fieldsIn('place'))('$leaf does not move a group', async (field) => {
    await start(field.set)
    here().change(field.other)
    const observed = await here().drive.observe()
    expect(observed.problems).toEqual([expect.objectContaining({ reason: 'ZonesImmutable' })])
    expect(await here().drive.plan({ size }, observed)).toEqual([])
  })
})
