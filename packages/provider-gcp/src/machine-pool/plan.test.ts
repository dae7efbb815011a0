import { Sensitive, type BootstrapData, type Desired, type Observation, type PoolRef } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import type { GcpGroup } from './group-view.ts'
import { templateRevision } from './instance-template.ts'
import { interpret } from './interpret.ts'
import { describe as described, markOf, parseMark } from './marks.ts'
import { plan } from './plan.ts'
import { readInputs, toJson } from './resolved-inputs.ts'

type Spec = GCPMachinePoolSpec

const minimal: Spec = { instanceType: 'n2-standard-4', ipForwarding: 'Enabled', zones: ['us-central1-a'] }

const everything: Spec = {
  ...minimal,
  zones: ['us-central1-c', 'us-central1-a', 'us-central1-b'],
  subnet: 'nodes',
  additionalLabels: { Team: 'Blue' },
  additionalMetadata: [{ key: 'serial-port-enable', value: 'true' }],
  publicIP: true,
  additionalNetworkTags: ['web'],
  resourceManagerTags: [{ parentID: 'p1', key: 'cost', value: 'ml' }],
  rootDeviceSize: 50,
  rootDeviceType: 'pd-ssd',
  rootDiskEncryptionKey: { keyType: 'Supplied', suppliedKey: { rawKey: 'c2VjcmV0' } },
  additionalDisks: [{ deviceType: 'local-ssd' }, { size: 100 }],
  serviceAccounts: { email: 'nodes@p1.iam.gserviceaccount.com', scopes: ['b', 'a'] },
  provisioningModel: 'Spot',
  shieldedInstanceConfig: { secureBoot: 'Enabled' },
  guestAccelerators: [{ type: 'nvidia-tesla-t4', count: 2 }],
  resourcePolicies: ['placement'],
  reservationAffinity: { type: 'Specific', reservations: ['r1'] },
  autoHealing: { healthCheck: 'alive' },
  instanceFlexibility: [{ name: 'small', machineTypes: ['n2-standard-4'] }],
  namedPorts: [{ name: 'http', port: 80 }],
  targetSizePolicy: 'Bulk',
  distribution: { targetShape: 'Balanced' },
}

function poolOf(spec: Spec): PoolRef<Spec> {
  return {
    key: { namespace: 'default', name: 'workers' },
    cluster: {
      namespace: 'default',
      name: 'prod',
      infrastructure: {
        spec: { project: 'p1', region: 'us-central1', network: { name: 'net' }, additionalLabels: { env: 'test' } },
      },
    },
    managementId: 'm1',
    spec,
    annotations: {},
    replicas: 3,
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
  }
}

const bootstrap: BootstrapData = {
  secretName: 'default/workers-boot',
  format: 'cloud-config',
  data: new Sensitive('join-token'),
  contentHash: 'ab'.repeat(32),
}

function desiredOf(spec: Spec, changes: Partial<Desired<Spec>> = {}): Desired<Spec> {
  const pool = poolOf(spec)
  const resolved = {
    inputs: toJson({
      image: 'projects/p1/global/images/stable-1',
      imageKey: 'key',
      zones: (spec.zones ?? []).toSorted(),
      project: 'p1',
      region: 'us-central1',
    }),
    problems: [],
  }
  return {
    pool,
    resolved,
    presence: 'present',
    size: 3,
    revision: templateRevision(pool, readInputs(resolved), bootstrap),
    template: 'apply',
    bootstrap,
    remove: [],
    release: [],
    extend: [],
    hold: false,
    rollout: 'leave',
    stamp: false,
    ...changes,
  }
}

function nothing(scope: string): Observation<GcpGroup> {
  return {
    exists: false,
    deleting: false,
    owner: 'unmarked',
    sizeOwner: 'us',
    instances: [],
    complete: true,
    templates: [],
    holdSet: false,
    operations: [],
    problems: [],
    leftovers: [],
    observedAt: 0,
    group: { ref: { project: 'p1', scope, name: 'prod-workers' }, templates: [], managed: [], takenNames: [] },
  }
}

describe('what a new pool sends', () => {
  test.each([
    ['create-minimal', minimal, 'zones/us-central1-a'],
    ['create-everything', everything, 'regions/us-central1'],
  ] as const)('%s', async (name, spec, scope) => {
    const actions = plan(desiredOf(spec), nothing(scope))
    const text = `${JSON.stringify(actions, undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot(`golden/${name}.golden`)
    // Keys and bootstrap data are added when it is sent (R20).
    expect(text).not.toMatch(/join-token|c2VjcmV0/)
  })
})

describe('the revision', () => {
  const revisionOf = (changes: Partial<Spec>) => desiredOf({ ...minimal, ...changes }).revision
  const base = revisionOf({})

  test.each<[string, Partial<Spec>]>([
    ['instanceType', { instanceType: 'n2-standard-8' }],
    ['publicIP', { publicIP: true }],
    ['additionalMetadata', { additionalMetadata: [{ key: 'a', value: 'b' }] }],
    ['additionalNetworkTags', { additionalNetworkTags: ['a'] }],
    ['rootDeviceSize', { rootDeviceSize: 60 }],
    ['provisioningModel', { provisioningModel: 'Spot' }],
    ['confidentialCompute', { confidentialCompute: 'Enabled' }],
    ['a supplied key', { rootDiskEncryptionKey: { keyType: 'Supplied', suppliedKey: { rawKey: 'YQ==' } } }],
  ])('changes with %s', (_name, changes) => {
    expect(revisionOf(changes)).not.toBe(base)
  })

  test.each<[string, Partial<Spec>]>([
    ['labels', { additionalLabels: { team: 'blue' } }],
    ['the size of the boot disk, when it is the default one', { rootDeviceSize: 30 }],
    ['settings of the group', { namedPorts: [{ name: 'http', port: 80 }], strategy: { type: 'OnDelete' } }],
  ])('does not change with %s', (_name, changes) => {
    expect(revisionOf(changes)).toBe(base)
  })
})

describe('a mark', () => {
  test('is read back as it was written, beside the words of others', () => {
    const mark = markOf(poolOf(minimal), { settings: 'namedPorts' })
    expect(parseMark(described(mark, 'made by hand'))).toEqual(mark)
    expect(described(mark, 'made by hand')).toMatch(/^made by hand\n/)
    expect(described(mark, described(mark, 'made by hand'))).toBe(described(mark, 'made by hand'))
  })

  test('of anybody else is none', () => {
    expect(parseMark(undefined)).toBeUndefined()
    expect(parseMark('machinepool: namespace=default')).toBeUndefined()
  })
})

const policyOf = (spec: Partial<Spec>) => interpret(poolOf({ ...minimal, ...spec }), {}).policy

test('the strategy in the words of the engine', () => {
  expect(policyOf({})).toEqual({
    minSize: 0,
    maxSize: 1_000,
    rollout: { strategy: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0, deletePolicy: 'Oldest' },
  })
  const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']
  expect(policyOf({ zones, strategy: { type: 'Proactive' } }).rollout).toMatchObject({
    strategy: 'CloudRollout',
    maxSurge: 3,
  })
  expect(policyOf({ zones, strategy: { type: 'Proactive', replacementMethod: 'Recreate' } }).rollout).toMatchObject({
    maxSurge: 0,
    maxUnavailable: 3,
  })
})
