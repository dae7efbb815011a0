import { describe, expect, test } from 'vitest'

import type { UnknownApiObject } from '../toolkit/object.ts'
import { fieldErrorText, invalidMessage, type AdmissionRequest, type AdmissionResult } from './admission.ts'
import { admit } from './registry.ts'

const min = 'cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size'
const max = 'cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size'

interface Overrides {
  spec?: Record<string, unknown>
  machine?: Record<string, unknown>
  template?: Record<string, unknown>
  metadata?: UnknownApiObject['metadata']
}

function pool({ spec, machine, template, metadata }: Overrides = {}): UnknownApiObject {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { name: 'np', namespace: 'default', ...metadata },
    spec: {
      clusterName: 'c',
      template: {
        ...template,
        spec: {
          clusterName: 'c',
          bootstrap: { dataSecretName: 'data' },
          infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name: 'np' },
          ...machine,
        },
      },
      ...spec,
    },
  }
}

const create = (object: UnknownApiObject): AdmissionRequest => ({ operation: 'CREATE', object })
const update = (object: UnknownApiObject, old: UnknownApiObject): AdmissionRequest => ({
  operation: 'UPDATE',
  object,
  old,
})

function admitted(result: AdmissionResult): UnknownApiObject {
  if ('errors' in result) throw new Error(JSON.stringify(result.errors))
  return result.object
}

function refusals(result: AdmissionResult): string[] {
  return 'errors' in result ? result.errors.map(fieldErrorText) : []
}

describe('defaults of a MachinePool', () => {
  test('CAPI-063 cluster label, replicas, Node deletion timeout', () => {
    const object = pool()
    expect(admitted(admit(create(object)))).toEqual({
      ...pool({ spec: { replicas: 1 }, machine: { deletion: { nodeDeletionTimeoutSeconds: 10 } } }),
      metadata: { name: 'np', namespace: 'default', labels: { 'cluster.x-k8s.io/cluster-name': 'c' } },
    })
    expect(object).toEqual(pool())
  })

  test('CAPI-065 nothing that was given is replaced, except the cluster label', () => {
    const given = pool({
      spec: { replicas: 0 },
      machine: { version: 'v1.34.0', deletion: { nodeDeletionTimeoutSeconds: 0, nodeDrainTimeoutSeconds: 5 } },
      metadata: { labels: { 'cluster.x-k8s.io/cluster-name': 'wrong', other: 'kept' } },
    })
    const result = admitted(admit(create(given)))
    expect(result.metadata.labels).toEqual({ 'cluster.x-k8s.io/cluster-name': 'c', other: 'kept' })
    expect(result['spec']).toEqual(given['spec'])
  })

  test.each([
    ['1.34.0', 'v1.34.0'],
    ['v1.23.3', 'v1.23.3'],
    ['v1.19.0-alpha.1', 'v1.19.0-alpha.1'],
    ['v1.34.0-rc.1+build', 'v1.34.0-rc.1+build'],
  ])('CAPI-063 CAPI-068 version %s becomes %s', (version, expected) => {
    expect(admitted(admit(create(pool({ machine: { version } }))))).toMatchObject({
      spec: { template: { spec: { version: expected } } },
    })
  })

  const autoscaled = { annotations: { [min]: '2', [max]: '5' } }
  test.each<[string, Overrides, Overrides | undefined, number]>([
    ['1 by default', {}, undefined, 1],
    ['1 on update too', {}, { spec: { replicas: 4 } }, 1],
    ['what is given, outside the bounds too', { spec: { replicas: 9 }, metadata: autoscaled }, undefined, 9],
    ['the minimum on create', { metadata: autoscaled }, undefined, 2],
    ['the minimum when below it', { metadata: autoscaled }, { spec: { replicas: 1 } }, 2],
    ['the maximum when above it', { metadata: autoscaled }, { spec: { replicas: 6 } }, 5],
    ['the old size inside the bounds', { metadata: autoscaled }, { spec: { replicas: 4 } }, 4],
    ['the minimum when there was no old size', { metadata: autoscaled }, {}, 2],
    ['1 with one annotation only', { metadata: { annotations: { [min]: '3' } } }, undefined, 1],
  ])('CAPI-064 CAPI-065 replicas: %s', (_, object, old, expected) => {
    const request = old === undefined ? create(pool(object)) : update(pool(object), pool(old))
    expect(admitted(admit(request))).toMatchObject({ spec: { replicas: expected } })
  })

  test('CAPI-064 an unreadable autoscaler bound is refused only when it is needed', () => {
    const metadata = { annotations: { [min]: 'two', [max]: '5' } }
    expect(refusals(admit(create(pool({ metadata }))))).toEqual([
      `metadata.annotations[${min}]: Invalid value: "two": must be a whole number`,
    ])
    expect(refusals(admit(create(pool({ metadata, spec: { replicas: 1 } }))))).toEqual([])
  })
})

describe('validation of a MachinePool', () => {
  const path = 'spec.template.spec'
  test.each<[string, Overrides, string[]]>([
    [
      'CAPI-066 refuses neither configRef nor dataSecretName',
      { machine: { bootstrap: {} } },
      [`${path}.bootstrap: Required value: either configRef or dataSecretName must be set`],
    ],
    [
      'CAPI-067 refuses clusters that differ',
      { machine: { clusterName: 'd' } },
      [`${path}.clusterName: Invalid value: "d": must be the same as spec.clusterName, c`],
    ],
    [
      'CAPI-068 refuses a version that is none',
      { machine: { version: 'v1.34' } },
      [`${path}.version: Invalid value: "v1.34": must be a semantic version such as v1.34.2`],
    ],
    [
      'CAPI-068 refuses a version with an empty build part',
      { machine: { version: 'v1.17.2++' } },
      [`${path}.version: Invalid value: "v1.17.2++": must be a semantic version such as v1.34.2`],
    ],
    [
      'CAPI-068 refuses a version with leading zeros',
      { machine: { version: 'v1.034.0' } },
      [`${path}.version: Invalid value: "v1.034.0": must be a semantic version such as v1.34.2`],
    ],
    [
      'CAPI-A13 CAPI-D15 refuses negative replicas',
      { spec: { replicas: -1 } },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'CAPI-070 refuses taints',
      { machine: { taints: [{ key: 'k', effect: 'NoSchedule', propagation: 'Always' }] } },
      [
        `${path}.taints: Forbidden: not supported for a MachinePool; set them in the bootstrap or infrastructure object`,
      ],
    ],
    [
      'CAPI-069 refuses a label key',
      { template: { metadata: { labels: { 'a b': 'x' } } } },
      [
        'spec.template.metadata.labels: Invalid value: "a b": the name part of a key must consist of letters, digits, -, _ or ., beginning and ending with a letter or digit',
      ],
    ],
    [
      'CAPI-069 refuses a label value',
      { template: { metadata: { labels: { a: 'x'.repeat(64) } } } },
      [`spec.template.metadata.labels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 characters`],
    ],
    [
      'CAPI-069 refuses an annotation key',
      { template: { metadata: { annotations: { 'A_b/c/d': '' } } } },
      [
        'spec.template.metadata.annotations: Invalid value: "A_b/c/d": a key must be a name, or a DNS subdomain, a / and a name',
      ],
    ],
    [
      'refuses autoscaler bounds the wrong way round',
      { spec: { replicas: 1 }, metadata: { annotations: { [min]: '5', [max]: '2' } } },
      [`metadata.annotations[${max}]: Invalid value: "2": must not be less than the minimum, 5`],
    ],
  ])('%s', (_, object, expected) => {
    expect(refusals(admit(create(pool(object))))).toEqual(expected)
  })

  test('CAPI-066 accepts an empty dataSecretName, which managed pools use', () => {
    expect(refusals(admit(create(pool({ machine: { bootstrap: { dataSecretName: '' } } }))))).toEqual([])
  })

  test('CAPI-067 refuses another cluster on update', () => {
    const moved = pool({ spec: { clusterName: 'd' }, machine: { clusterName: 'd' } })
    const result = admit(update({ ...moved, spec: { ...(moved['spec'] as object), clusterName: 'd' } }, pool()))
    expect(refusals(result)).toEqual(['spec.clusterName: Forbidden: field is immutable; it is "c"'])
  })

  test('reports everything at once, as the API server would say it', () => {
    const object = pool({ spec: { replicas: -1 }, machine: { version: 'x' } })
    const result = admit(create(object))
    expect('errors' in result ? invalidMessage(object, result.errors) : '').toBe(
      'MachinePool.cluster.x-k8s.io "np" is invalid: [spec.template.spec.version: Invalid value: "vx": must be a semantic version such as v1.34.2, spec.replicas: Invalid value: -1: must be greater than or equal to 0]',
    )
  })

  test('is off with the feature gate: nothing else is said', () => {
    expect(refusals(admit(create(pool({ spec: { replicas: -1 } })), { MachinePool: false }))).toEqual([
      'spec: Forbidden: can be set only if the MachinePool feature gate is enabled (--feature-gates=MachinePool=true)',
    ])
  })
})

const machine = (spec: Record<string, unknown>, metadata: UnknownApiObject['metadata'] = {}): UnknownApiObject => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'Machine',
  metadata: { name: 'm', ...metadata },
  spec: {
    clusterName: 'c',
    bootstrap: { dataSecretName: 'd' },
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachine', name: 'm' },
    ...spec,
  },
})

describe('Machine', () => {
  test('gets the cluster label, a Node deletion timeout and the v of its version', () => {
    expect(admitted(admit(create(machine({ version: '1.34.0' }))))).toMatchObject({
      metadata: { labels: { 'cluster.x-k8s.io/cluster-name': 'c' } },
      spec: { version: 'v1.34.0', deletion: { nodeDeletionTimeoutSeconds: 10 } },
    })
  })

  test('needs bootstrap data, unless it belongs to a pool', () => {
    const owner = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachinePool', name: 'np', uid: 'u' }
    expect(refusals(admit(create(machine({ bootstrap: {} }))))).toHaveLength(1)
    expect(refusals(admit(create(machine({ bootstrap: {} }, { ownerReferences: [owner] }))))).toEqual([])
    const labels = { 'cluster.x-k8s.io/pool-name': 'np' }
    expect(refusals(admit(create(machine({ bootstrap: {} }, { labels }))))).toEqual([])
  })

  test('stays in its cluster', () => {
    expect(refusals(admit(update(machine({ clusterName: 'd' }), machine({}))))).toEqual([
      'spec.clusterName: Forbidden: field is immutable; it is "c"',
    ])
  })
})

const config = (spec: Record<string, unknown>): UnknownApiObject => ({
  apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
  kind: 'KubeadmConfig',
  metadata: { name: 'k' },
  spec,
})

describe('KubeadmConfig', () => {
  const from = { secret: { name: 's', key: 'k' } }

  test('is stored as it was given', () => {
    const object = config({ verbosity: 1 })
    expect(admitted(admit(create(object)))).toEqual(object)
  })

  test.each<[string, Record<string, unknown>, string[]]>([
    [
      'content twice',
      { files: [{ path: '/a', content: 'x', contentFrom: from }] },
      ['spec.files[0]: Forbidden: only one of content and contentFrom may be set'],
    ],
    [
      'a file twice',
      { files: [{ path: '/a' }, { path: '/b' }, { path: '/a' }] },
      ['spec.files[2].path: Duplicate value: "/a"'],
    ],
    [
      'a password twice',
      { users: [{ name: 'u', passwd: 'x', passwdFrom: from }] },
      ['spec.users[0]: Forbidden: only one of passwd and passwdFrom may be set'],
    ],
    [
      'Ignition settings for cloud-config',
      { ignition: {} },
      ['spec.ignition: Invalid value: {}: may be set only if spec.format is ignition'],
    ],
    [
      'what Ignition has no place for',
      {
        format: 'ignition',
        bootCommands: ['a'],
        users: [{ name: 'u', inactive: true }],
        files: [{ path: '/a', content: 'x', encoding: 'gzip' }],
        diskSetup: {
          partitions: [{ device: '/dev/sdb', layout: true, tableType: 'mbr' }],
          filesystems: [{ device: '/dev/sdb1', filesystem: 'ext4', partition: 'auto', replaceFS: 'ntfs' }],
        },
      },
      [
        'spec.bootCommands: Forbidden: not supported when spec.format is ignition',
        'spec.users[0].inactive: Forbidden: not supported when spec.format is ignition',
        'spec.files[0].encoding: Forbidden: not supported when spec.format is ignition',
        'spec.diskSetup.partitions[0].tableType: Invalid value: "mbr": must be gpt when spec.format is ignition',
        'spec.diskSetup.filesystems[0].replaceFS: Forbidden: not supported when spec.format is ignition',
        'spec.diskSetup.filesystems[0].partition: Forbidden: not supported when spec.format is ignition',
      ],
    ],
    [
      'more than a whole disk',
      { diskSetup: { partitions: [{ device: '/dev/sdb', diskLayout: [{ percentage: 60 }, { percentage: 41 }] }] } },
      ['spec.diskSetup.partitions[0].diskLayout: Invalid value: 101: the percentages must not add up to more than 100'],
    ],
    [
      'two ways to authenticate',
      {
        joinConfiguration: {
          discovery: {
            file: {
              kubeConfigPath: '/k',
              kubeConfig: { user: { exec: { command: 'x' }, authProvider: { name: 'gcp' } } },
            },
          },
        },
      },
      [
        'spec.joinConfiguration.discovery.file.kubeConfig.user: Forbidden: only one of authProvider and exec may be set',
      ],
    ],
  ])('refuses %s', (_, spec, expected) => {
    expect(refusals(admit(create(config(spec))))).toEqual(expected)
  })
})

test('kinds without rules are let through as they are', () => {
  const object = { apiVersion: 'example.org/v1', kind: 'MachinePool', metadata: {} }
  expect(admit(create(object), { MachinePool: false })).toEqual({ object, warnings: [] })
})

describe('what the schema or the controllers are responsible for is let through', () => {
  const wrong = pool({ spec: { replicas: -1 } })

  test.each<[string, Partial<AdmissionRequest>]>([
    ['a deletion', { operation: 'DELETE' }],
    ['a write to a subresource', { operation: 'UPDATE', subresource: 'status' }],
    ['no spec', { object: { ...wrong, spec: undefined } }],
    ['a template of the wrong type', { object: pool({ spec: { template: 'x' } }) }],
    ['a label of the wrong type', { object: pool({ template: { metadata: { labels: { a: 1 } } } }) }],
    ['a missing required field', { object: pool({ machine: { infrastructureRef: { kind: 'A' } } }) }],
  ])('%s', (_, part) => {
    const request = { operation: 'CREATE', object: wrong, ...part } as const
    expect(admit(request)).toEqual({ object: request.object, warnings: [] })
  })
})
