import {
  admit,
  kubeadmConfigKind,
  machineKind,
  machinePoolKind,
  type Kind,
  type MachinePool,
  type UnknownApiObject,
} from '@machinepool/api'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'

import { arbitraryObject, settled } from './arbitrary-object.ts'
import type { UpstreamCode } from './upstream-code.ts'

// The same random objects through our admission and through upstream's webhooks.

const bound = 'cluster.x-k8s.io/cluster-api-autoscaler-node-group'
/** Mostly right, so that a good part of the objects is admitted. */
const seldom = <T>(wrong: fc.Arbitrary<T>, right: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: wrong }, { weight: 6, arbitrary: right })
const names = seldom(fc.constant('b'), fc.constant('a'))
const words = fc.constantFrom('a', 'A/b', 'a b', 'x'.repeat(64), '', '-a', 'example.org/a_b.c')
const kubernetesVersions = fc.constantFrom(
  '1.34.0',
  'v1.34.0',
  'v1.34',
  'v1.034.0',
  'v1.2.3-rc.1+b',
  'v1.2.3++',
  'v1',
  'x',
)
const metadata = fc.record(
  { labels: fc.dictionary(words, words, { maxKeys: 2 }), annotations: fc.dictionary(words, words, { maxKeys: 2 }) },
  { requiredKeys: [] },
)
const bounds = fc.constantFrom<Record<string, string>>(
  {},
  { [`${bound}-min-size`]: '2', [`${bound}-max-size`]: '5' },
  { [`${bound}-min-size`]: '2' },
  { [`${bound}-min-size`]: 'two', [`${bound}-max-size`]: '5' },
  { [`${bound}-min-size`]: '0', [`${bound}-max-size`]: '+3' },
)

const pools = fc
  .tuple(
    arbitraryObject(machinePoolKind, 'v1beta2'),
    names,
    names,
    fc.option(kubernetesVersions),
    metadata,
    bounds,
    seldom(fc.constant(true), fc.constant(false)),
  )
  .map(([object, clusterName, other, version, template, annotations, tainted]) => {
    const { spec } = object as MachinePool
    const { version: _, clusterName: _c, taints, ...rest } = spec.template.spec
    const machine = tainted && taints ? { ...rest, taints } : rest
    return {
      ...object,
      metadata: { ...object.metadata, annotations },
      spec: {
        ...spec,
        clusterName,
        template: {
          metadata: template,
          spec: { ...machine, clusterName: other, ...(version === null ? {} : { version }) },
        },
      },
    } as UnknownApiObject
  })

const machines = fc
  .tuple(arbitraryObject(machineKind, 'v1beta2'), names, fc.option(kubernetesVersions), fc.boolean())
  .map(([object, clusterName, version, ofPool]) => {
    const { version: _, ...spec } = object['spec'] as { version?: string }
    return {
      ...object,
      metadata: { ...object.metadata, labels: ofPool ? { 'cluster.x-k8s.io/pool-name': 'np' } : {} },
      spec: { ...spec, clusterName, ...(version === null ? {} : { version }) },
    } as UnknownApiObject
  })

const configs = fc.tuple(arbitraryObject(kubeadmConfigKind, 'v1beta2'), fc.boolean()).map(([object, bothPaths]) => {
  const spec = object['spec'] as { files?: { path: string }[] } | undefined
  const [first] = spec?.files ?? []
  // Two files of one path, now and then.
  return bothPaths && first ? { ...object, spec: { ...spec, files: [...(spec?.files ?? []), first] } } : object
})

const cases: readonly { kind: Kind; plural: string; objects: fc.Arbitrary<UnknownApiObject>; mutates: boolean }[] = [
  { kind: machinePoolKind, plural: 'machinepools', objects: pools, mutates: true },
  { kind: machineKind, plural: 'machines', objects: machines, mutates: true },
  { kind: kubeadmConfigKind, plural: 'kubeadmconfigs', objects: configs, mutates: false },
]

/** What a server that calls upstream's webhooks ends up with; undefined when they refuse. */
async function admittedByUpstream(
  upstream: UpstreamCode,
  { kind, plural, mutates }: (typeof cases)[number],
  object: UnknownApiObject,
  old: UnknownApiObject | undefined,
): Promise<UnknownApiObject | undefined> {
  const path = `${kind.group.replaceAll('.', '-')}-v1beta2-${kind.kind.toLowerCase()}`
  const ask = (verb: string, asked: UnknownApiObject) =>
    upstream.review(`/${verb}-${path}`, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'u',
        kind: { group: kind.group, version: 'v1beta2', kind: kind.kind },
        resource: { group: kind.group, version: 'v1beta2', resource: plural },
        name: 'np',
        operation: old === undefined ? 'CREATE' : 'UPDATE',
        userInfo: {},
        object: asked,
        oldObject: old ?? null,
      },
    })
  let result = object
  if (mutates) {
    const { allowed, patch } = await ask('mutate', object)
    if (allowed !== true) return undefined
    result = patched(object, typeof patch === 'string' ? patch : '')
  }
  const { allowed } = await ask('validate', result)
  return allowed === true ? result : undefined
}

async function comparable(
  upstream: UpstreamCode,
  object: UnknownApiObject | undefined,
): Promise<UnknownApiObject | 'refused'> {
  return object === undefined ? 'refused' : settled(await upstream.normalise(object))
}

interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: unknown
}

function patched(object: UnknownApiObject, patch: string): UnknownApiObject {
  const result = structuredClone(object)
  const operations = patch === '' ? [] : (JSON.parse(Buffer.from(patch, 'base64').toString()) as Operation[])
  for (const { op, path, value } of operations) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    let at = result as Record<string, unknown>
    for (const key of keys) at = at[key] as Record<string, unknown>
    if (op === 'remove') delete at[last]
    else at[last] = value
  }
  return result
}

/** Compares admission; `upstream` is asked while the tests run. */
export function compareAdmission(upstream: () => UpstreamCode): void {
  beforeAll(async () => {
    // Where these are off, upstream refuses every Ignition config, and taints of Machines.
    await upstream().setGates({ KubeadmBootstrapFormatIgnition: true, MachineTaintPropagation: true })
  })

  describe.each(cases.map((one) => ({ name: one.kind.kind, one })))('$name', ({ one }) => {
    test('is admitted, refused and filled in as upstream does it', async () => {
      let admitted = 0
      await fc.assert(
        fc.asyncProperty(one.objects, fc.option(one.objects, { nil: undefined }), async (object, old) => {
          const result = admit({ operation: old === undefined ? 'CREATE' : 'UPDATE', object, ...(old && { old }) })
          const ours = 'errors' in result ? undefined : result.object
          const theirs = await admittedByUpstream(upstream(), one, object, old)
          if (ours !== undefined) admitted += 1
          expect(await comparable(upstream(), ours)).toEqual(await comparable(upstream(), theirs))
        }),
        { numRuns: 400 },
      )
      expect(admitted).toBeGreaterThan(20)
    })
  })

  test('a MachinePool is refused where the gate is off, and nothing else', async () => {
    await upstream().setGates({ MachinePool: false })
    const [pool] = fc.sample(pools, { numRuns: 1, seed: 1 })
    const [machine] = fc.sample(machines, { numRuns: 1, seed: 2 })
    const gates = { MachinePool: false }
    for (const [index, object] of [pool, machine].entries()) {
      if (object === undefined) throw new Error('there is no sample')
      const result = admit({ operation: 'CREATE', object }, gates)
      const theirs = await admittedByUpstream(upstream(), cases[index] ?? cases[0]!, object, undefined)
      expect('errors' in result).toBe(theirs === undefined)
    }
    await upstream().setGates({ MachinePool: true })
  })
}
