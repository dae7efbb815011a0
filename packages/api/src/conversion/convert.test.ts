import { describe, expect, test } from 'vitest'

import type { UnknownApiObject } from '../toolkit/object.ts'
import { ConversionError } from './conversion.ts'
import { convert } from './registry.ts'

const old: UnknownApiObject = {
  apiVersion: 'cluster.x-k8s.io/v1beta1',
  kind: 'MachinePool',
  metadata: { name: 'np', namespace: 'default' },
  spec: {
    clusterName: 'c',
    replicas: 2,
    minReadySeconds: 30,
    template: {
      spec: {
        clusterName: 'c',
        bootstrap: {
          configRef: {
            apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta1',
            kind: 'KubeadmConfig',
            name: 'np',
            namespace: 'default',
          },
        },
        infrastructureRef: {
          apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
          kind: 'AWSMachinePool',
          name: 'np',
          namespace: 'default',
        },
        version: 'v1.34.0',
        nodeDrainTimeout: '5m0s',
      },
    },
  },
  status: {
    readyReplicas: 1,
    bootstrapReady: true,
    infrastructureReady: true,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    v1beta2: { readyReplicas: 2 },
  },
}

const current: UnknownApiObject = {
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'MachinePool',
  metadata: { name: 'np', namespace: 'default' },
  spec: {
    clusterName: 'c',
    replicas: 2,
    template: {
      spec: {
        clusterName: 'c',
        bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name: 'np' } },
        infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name: 'np' },
        version: 'v1.34.0',
        minReadySeconds: 30,
        deletion: { nodeDrainTimeoutSeconds: 300 },
      },
    },
  },
  status: {
    readyReplicas: 2,
    initialization: { bootstrapDataSecretCreated: true, infrastructureProvisioned: true },
    deprecated: {
      v1beta1: {
        readyReplicas: 1,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    },
  },
}

describe('MachinePool', () => {
  test('moves every field to its place, in both directions, without an annotation when nothing is lost', () => {
    expect(convert(old, 'cluster.x-k8s.io/v1beta2')).toEqual(current)
    expect(convert(current, 'cluster.x-k8s.io/v1beta1')).toEqual(old)
  })

  test('names the version that the caller knows for a reference', () => {
    const result = convert(current, 'cluster.x-k8s.io/v1beta1', {
      versionOf: (_, kind) => (kind === 'AWSMachinePool' ? 'v1beta2' : 'v1beta1'),
    })
    expect(result).toMatchObject({
      spec: { template: { spec: { infrastructureRef: { apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2' } } } },
    })
  })

  test('a bad duration is refused with the path of the field', () => {
    const bad = structuredClone(old) as { spec: { template: { spec: Record<string, unknown> } } } & UnknownApiObject
    bad.spec.template.spec['nodeDrainTimeout'] = '5 minutes'
    expect(() => convert(bad, 'cluster.x-k8s.io/v1beta2')).toThrow(
      'spec.template.spec.nodeDrainTimeout: must be a duration such as 10m or 1h30m, not "5 minutes"',
    )
  })
})

const machine = (version: string, spec: object, status?: object): UnknownApiObject => ({
  apiVersion: `cluster.x-k8s.io/${version}`,
  kind: 'Machine',
  metadata: { name: 'm' },
  spec: { clusterName: 'c', bootstrap: { dataSecretName: 's' }, ...spec },
  ...(status === undefined ? {} : { status }),
})

describe('Machine', () => {
  test('seconds are cut off, as upstream does it', () => {
    const stored = convert(machine('v1beta1', { nodeDrainTimeout: '1m2.9s' }), 'cluster.x-k8s.io/v1beta2')
    expect(stored['spec']).toMatchObject({ deletion: { nodeDrainTimeoutSeconds: 62 } })
  })

  test('what v1beta1 has no field or word for is not shown there, and comes back', () => {
    const stored = machine('v1beta2', { minReadySeconds: 5 }, { phase: 'Updating' })
    const seen = convert(stored, 'cluster.x-k8s.io/v1beta1')
    expect(seen).toMatchObject({ status: { phase: 'Running' } })
    expect(seen['spec']).not.toHaveProperty('minReadySeconds')
    expect(convert(seen, 'cluster.x-k8s.io/v1beta2')).toEqual(stored)
  })

  test('zeroes that a program in Go adds to what it read change nothing', () => {
    const stored = machine('v1beta2', { minReadySeconds: 0 }, { phase: 'Running' })
    const seen = convert(stored, 'cluster.x-k8s.io/v1beta1')
    const status = { ...(seen['status'] as object), bootstrapReady: false, infrastructureReady: false }
    expect(convert({ ...seen, status }, 'cluster.x-k8s.io/v1beta2')).toEqual(stored)
  })

  test('false on purpose is told from nothing by the annotation alone', () => {
    const stored = machine('v1beta2', {}, { initialization: { infrastructureProvisioned: false } })
    const seen = convert(stored, 'cluster.x-k8s.io/v1beta1')
    expect(convert(seen, 'cluster.x-k8s.io/v1beta2')).toEqual(stored)
    const fresh = machine('v1beta1', {}, { infrastructureReady: false })
    expect(convert(fresh, 'cluster.x-k8s.io/v1beta2')).toEqual(machine('v1beta2', {}))
  })
})

const kubeadm = (version: string, spec: unknown): UnknownApiObject => ({
  apiVersion: `bootstrap.cluster.x-k8s.io/${version}`,
  kind: 'KubeadmConfig',
  metadata: { name: 'np' },
  spec,
})

const registration = (kubeletExtraArgs: unknown) => ({
  joinConfiguration: { nodeRegistration: { kubeletExtraArgs } },
})

describe('KubeadmConfig', () => {
  test('arguments are a map in one version and a list in the other', () => {
    const map = kubeadm('v1beta1', registration({ v: '2', 'cloud-provider': 'aws' }))
    const list = kubeadm(
      'v1beta2',
      registration([
        { name: 'cloud-provider', value: 'aws' },
        { name: 'v', value: '2' },
      ]),
    )
    expect(convert(map, list.apiVersion)).toEqual(list)
    expect(convert(list, map.apiVersion)).toEqual(map)
  })

  test('what only v1beta2 can say comes back, and what an old client changed meanwhile stays changed', () => {
    const stored = kubeadm('v1beta2', {
      joinConfiguration: { timeouts: { kubeletHealthCheckSeconds: 30, tlsBootstrapSeconds: 60 } },
      verbosity: 1,
    })
    const seen = convert(stored, 'bootstrap.cluster.x-k8s.io/v1beta1')
    expect(seen['spec']).toEqual({ joinConfiguration: { discovery: { timeout: '1m0s' } }, verbosity: 1 })
    seen['spec'] = { joinConfiguration: { discovery: { timeout: '2m0s' } }, verbosity: 4 }
    expect(convert(seen, stored.apiVersion)).toEqual({
      ...stored,
      spec: {
        joinConfiguration: { timeouts: { kubeletHealthCheckSeconds: 30, tlsBootstrapSeconds: 120 } },
        verbosity: 4,
      },
    })
  })

  test('what is empty is left out, unless being empty means something', () => {
    const sparse = {
      files: [],
      ntp: {},
      joinConfiguration: { controlPlane: {}, nodeRegistration: { taints: [], ignorePreflightErrors: [] } },
    }
    expect(convert(kubeadm('v1beta1', sparse), 'bootstrap.cluster.x-k8s.io/v1beta2')['spec']).toEqual({
      joinConfiguration: { controlPlane: {}, nodeRegistration: { taints: [] } },
    })
  })

  test('fields that v1beta2 dropped come back for v1beta1 clients', () => {
    const spec = {
      clusterConfiguration: { kubernetesVersion: 'v1.30.0', networking: { podSubnet: '10.0.0.0/8' } },
      verbosity: 1,
    }
    const stored = convert(kubeadm('v1beta1', spec), 'bootstrap.cluster.x-k8s.io/v1beta2')
    expect(stored['spec']).toEqual({ verbosity: 1 })
    expect(convert(stored, 'bootstrap.cluster.x-k8s.io/v1beta1')['spec']).toEqual(spec)
  })
})

const annotated = (text: string): UnknownApiObject => ({
  ...old,
  metadata: { ...old.metadata, annotations: { 'cluster.x-k8s.io/conversion-data': text } },
})

describe('the conversion-data annotation', () => {
  test('of upstream is understood: it holds the whole stored object', () => {
    const full = structuredClone(current) as {
      spec: { template: { spec: Record<string, unknown> } }
    } & UnknownApiObject
    full.spec.template.spec['readinessGates'] = [{ conditionType: 'Kept', polarity: 'Negative' }]
    const status = { availableReplicas: 7 }
    const converted = convert(annotated(JSON.stringify({ ...full, status })), 'cluster.x-k8s.io/v1beta2')
    // Readiness gates can be said in v1beta1 too: the old client removed them.
    expect(converted['spec']).toEqual(current['spec'])
    expect(converted.metadata.annotations).toBeUndefined()
  })

  test.each([
    'not json',
    '[]',
    '"x"',
    '{"spec":1}',
    '{"spec":{"template":"x"}}',
    '{"__proto__":{"polluted":true},"spec":{"__proto__":{"polluted":true}}}',
  ])('that nobody can read is dropped: %s', (text) => {
    const converted = convert(annotated(text), 'cluster.x-k8s.io/v1beta2')
    expect(converted['spec']).toEqual(current['spec'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('convert', () => {
  test('returns an object that has the version already', () => {
    expect(convert(current, current.apiVersion)).toBe(current)
  })

  test('gives kinds without a conversion the new apiVersion', () => {
    const rule: UnknownApiObject = {
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'MachineDrainRule',
      metadata: {},
      spec: {},
    }
    expect(convert(rule, 'cluster.x-k8s.io/v1beta2')).toEqual({ ...rule, apiVersion: 'cluster.x-k8s.io/v1beta2' })
  })

  test.each([
    ['another group', 'example.org/v1', 'another group'],
    ['a version nobody knows', 'cluster.x-k8s.io/v9', 'MachinePool has no version v9; it has v1beta1, v1beta2'],
  ])('refuses %s', (_, apiVersion, message) => {
    expect(() => convert(current, apiVersion)).toThrow(ConversionError)
    expect(() => convert(current, apiVersion)).toThrow(message)
  })
})
