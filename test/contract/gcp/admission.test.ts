import { resourceOf, toCustomResourceDefinition, type Kind } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import {
  ApiError,
  createClient,
  loadKubeconfig,
  type Client,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import { gcpKinds, gcpMachinePoolKind, type GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import { afterAll, beforeAll, expect, test } from 'vitest'

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

type Spec = Omit<Partial<GCPMachinePoolSpec>, 'strategy'> & { readonly strategy?: object }

function create(spec: Spec): Promise<UnknownObject> {
  return client.create(pools, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
    kind: 'GCPMachinePool',
    metadata: { namespace: 'default', name: `pool-${count++}` },
    spec: { instanceType: 'n2-standard-4', ...spec },
  } as UnknownObject)
}

/** What the API server says against a spec; empty when it takes it. */
async function refusal(spec: Spec): Promise<string> {
  try {
    await create(spec)
    return ''
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.message
  }
}

const roll = (rollingUpdate: object, more: object = {}) => ({ strategy: { type: 'Proactive', rollingUpdate, ...more } })
const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']

test.each<[number: string, field: string, spec: Spec]>([
  ['CAPG-009', 'zones', { zones: ['us-central1-a', 'europe-west1-b'] }],
  ['CAPG-009', 'zones', { zones: ['us-central1-a', 'us-central1-a'] }],
  ['CAPG-025', 'additionalMetadata', { additionalMetadata: [{ key: 'user-data', value: 'mine' }] }],
  ['CAPG-026', 'onHostMaintenance', { guestAccelerators: [{ type: 't4', count: 1 }], onHostMaintenance: 'Migrate' }],
  ['CAPG-026', 'onHostMaintenance', { instanceType: 'n2d-standard-2', confidentialCompute: 'Enabled' }],
  [
    'CAPG-026',
    'instanceType',
    { instanceType: 'n2-standard-2', confidentialCompute: 'Enabled', onHostMaintenance: 'Terminate' },
  ],
  [
    'CAPG-026',
    'instanceType',
    {
      instanceType: 'n2d-standard-2',
      confidentialCompute: 'IntelTrustedDomainExtensions',
      onHostMaintenance: 'Terminate',
    },
  ],
  [
    'CAPG-028',
    'encryptionKey',
    {
      additionalDisks: [
        {
          deviceType: 'local-ssd',
          encryptionKey: {
            keyType: 'Managed',
            managedKey: { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' },
          },
        },
      ],
    },
  ],
  ['CAPG-029', 'onHostMaintenance', { provisioningModel: 'Spot', onHostMaintenance: 'Migrate' }],
  ['CAPG-029', 'provisioningModel', { preemptible: true, provisioningModel: 'Standard' }],
  ['CAPG-041', 'maxSurge', { zones, ...roll({ maxSurge: 1 }) }],
  ['CAPG-041', 'maxUnavailable', { zones, ...roll({ maxUnavailable: 2 }) }],
  ['CAPG-041', 'rollingUpdate', roll({ maxSurge: 0, maxUnavailable: 0 })],
  ['CAPG-041', 'rollingUpdate', roll({ maxSurge: '0%', maxUnavailable: 0 })],
  ['CAPG-041', 'rollingUpdate', roll({ maxSurge: 1 }, { replacementMethod: 'Recreate' })],
  ['CAPG-041', 'rollingUpdate', roll({ maxUnavailable: 0 }, { replacementMethod: 'Recreate' })],
  ['stateful', 'statefulDisks', { statefulDisks: [{ deviceName: 'data' }] }],
  ['redistribution', 'redistribution', { zones, distribution: { redistribution: 'Proactive' } }],
  ['replacement', 'replacementMethod', { strategy: { type: 'OnDelete', replacementMethod: 'Recreate' } }],
  ['reservations', 'reservations', { reservationAffinity: { type: 'Specific' } }],
  ['keys', 'rootDiskEncryptionKey', { rootDiskEncryptionKey: { keyType: 'Managed' } }],
])('%s is refused, naming %s', async (_number, field, spec) => {
  expect(await refusal(spec)).toContain(field)
})

test.each<[name: string, spec: Spec]>([
  ['the smallest spec', {}],
  ['a regional pool with a budget that fits', { zones, ...roll({ maxSurge: 3, maxUnavailable: 0 }) }],
  ['a percentage', { zones, ...roll({ maxSurge: '20%' }) }],
  ['an update by re-creation', roll({ maxSurge: 0, maxUnavailable: 1 }, { replacementMethod: 'Recreate' })],
  ['stateful disks that nobody replaces', { statefulDisks: [{ deviceName: 'data' }], strategy: { type: 'OnDelete' } }],
  [
    'a confidential VM',
    { instanceType: 'n2d-standard-2', confidentialCompute: 'Enabled', onHostMaintenance: 'Terminate' },
  ],
  [
    'the smallest budget of the controller',
    { zones, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
  ],
])('takes %s', async (_name, spec) => {
  expect(await refusal(spec)).toBe('')
})

test('CAPG-031 a subnetwork cannot change, and neither can zones', async () => {
  const made = await create({ subnet: 'a', zones: ['us-central1-a'] })
  const update = (spec: Spec) =>
    client.update(pools, { ...made, spec: { ...(made['spec'] as object), ...spec } } as UnknownObject)
  await expect(update({ subnet: 'b' })).rejects.toThrow(/subnet cannot change/)
  await expect(update({ zones: ['us-central1-b'] })).rejects.toThrow(/zones cannot change/)
  await expect(update({ instanceType: 'n2-standard-8' })).resolves.toBeDefined()
})

test('CAPG-032 defaults are upstream’s: IP forwarding is on', async () => {
  const { spec } = (await create({})) as unknown as { spec: object }
  expect(spec).toEqual({ instanceType: 'n2-standard-4', ipForwarding: 'Enabled' })
})
