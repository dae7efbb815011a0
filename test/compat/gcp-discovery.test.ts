import { createRecordingIo, Drive } from '@machinepool/contract/testing'
import { createGcpProvider, type GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import { expect, test } from 'vitest'

import { createGcpWorld } from '../conformance/gcp-harness.ts'
import { checkRequest, discoveryIsThere, readDiscovery, type SentRequest } from './gcp-discovery.ts'

// A clone of its own has no reference data, and says so; where a change is checked for merging the data must be there.
test('the discovery document is there to compare with, or this is not CI', async ({ annotate }) => {
  if (!discoveryIsThere) await annotate('the discovery document is missing: no request was compared with it')
  expect(discoveryIsThere || process.env['CI'] !== 'true').toBe(true)
})

const kmsKey = {
  keyType: 'Managed',
  managedKey: { kmsKeyName: 'projects/p1/locations/l/keyRings/r/cryptoKeys/k' },
  kmsKeyServiceAccount: 'a@p1.iam.gserviceaccount.com',
} as const

/** Every field that a pool can have. */
const everything: GCPMachinePoolSpec = {
  instanceType: 'n2-standard-4',
  imageFamily: 'projects/p1/global/images/family/stable',
  zones: ['us-central1-a', 'us-central1-b'],
  subnet: 'net',
  ipForwarding: 'Disabled',
  additionalLabels: { team: 'blue' },
  additionalMetadata: [{ key: 'serial-port-enable', value: 'true' }, { key: 'empty' }],
  publicIP: true,
  additionalNetworkTags: ['web'],
  resourceManagerTags: [{ parentID: 'p1', key: 'k', value: 'v' }],
  rootDeviceSize: 50,
  rootDeviceType: 'pd-ssd',
  rootDiskEncryptionKey: kmsKey,
  additionalDisks: [{ deviceType: 'local-ssd' }, { deviceType: 'pd-ssd', size: 100, encryptionKey: kmsKey }, {}],
  serviceAccounts: {
    email: 'a@p1.iam.gserviceaccount.com',
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  },
  provisioningModel: 'Spot',
  preemptible: true,
  onHostMaintenance: 'Terminate',
  shieldedInstanceConfig: { secureBoot: 'Enabled', virtualizedTrustedPlatformModule: 'Enabled' },
  confidentialCompute: 'AMDEncryptedVirtualization',
  guestAccelerators: [{ type: 'nvidia-tesla-t4', count: 1 }],
  resourcePolicies: ['policy'],
  reservationAffinity: { type: 'Specific', reservations: ['r1'] },
  autoHealing: { healthCheck: 'alive', initialDelaySeconds: 120 },
  instanceFlexibility: [{ name: 'small', machineTypes: ['n2-standard-4', 'n2d-standard-4'], rank: 1 }],
  namedPorts: [{ name: 'http', port: 80 }],
  statefulDisks: [{ deviceName: 'data', autoDelete: 'OnPermanentInstanceDeletion' }],
  targetSizePolicy: 'Individual',
  distribution: { targetShape: 'Balanced', redistribution: 'None' },
  strategy: { type: 'OnDelete' },
}

test.each(discoveryIsThere ? ['the API'] : [])('every request that the provider makes is one of %s', async () => {
  const discovery = readDiscovery()
  const sent: SentRequest[] = []
  const { harness, simulator, spec } = await createGcpWorld()
  const provider = createGcpProvider({
    endpoint: simulator.url,
    authorization: { getRequestHeaders: () => Promise.resolve(new Headers()) },
    fetch(url, init) {
      const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined
      sent.push({ verb: init.method ?? 'GET', url, body })
      return fetch(url, init)
    },
  })
  const drive = new Drive(Object.assign(Object.create(harness) as typeof harness, {}))
  Object.defineProperty(drive.harness, 'provider', { value: provider.machinePool })

  // A life: made, grown, changed, rolled by Google, shrunk, deleted.
  await drive.converge({ size: 1 })
  drive.pool = {
    ...drive.pool,
    spec: structuredClone({ ...spec, instanceType: 'n2-standard-8', namedPorts: [] }) as never,
  }
  await drive.converge({ size: 2, roll: true })
  const proactive = { ...spec, strategy: { type: 'Proactive', replacementMethod: 'Substitute' } }
  drive.pool = { ...drive.pool, spec: structuredClone({ ...proactive, instanceType: 'n2-standard-2' }) as never }
  await drive.converge({ size: 2 })
  for (const rollout of ['start', 'cancel'] as const) {
    for (const action of await drive.plan({ size: 2, rollout })) {
      if (action.type.endsWith('Rollout')) await drive.execute(action)
    }
    await harness.clock.advance(400)
  }
  // Nobody else has asked for a while: the group is read alone.
  await harness.clock.advance(600_000)
  await drive.observe()
  await drive.converge({ presence: 'absent' })

  // Every field once, as it would be sent; the simulator has no such hardware.
  const pool = { ...drive.pool, recorded: {}, operations: [], spec: structuredClone(everything) as never }
  const io = createRecordingIo({ clock: harness.clock })
  const observed = await provider.machinePool.observe(pool as never, io)
  const resolved = await provider.machinePool.resolve(pool as never, observed, io)
  const desired = { ...(await drive.desired({ size: 2 }, observed)), pool, resolved }
  for (const action of provider.machinePool.plan(desired as never, observed)) {
    await provider.machinePool.execute(pool as never, action, io).catch(() => undefined)
  }

  const checked = sent.map((request) => checkRequest(discovery, request))
  expect([...new Set(checked.flatMap(({ mistakes }) => mistakes))]).toEqual([])
  expect([...new Set(checked.map(({ id }) => id))].toSorted()).toEqual([
    'compute.globalOperations.get',
    'compute.images.getFromFamily',
    'compute.instanceGroupManagers.aggregatedList',
    'compute.instanceGroupManagers.delete',
    'compute.instanceGroupManagers.deleteInstances',
    'compute.instanceGroupManagers.get',
    'compute.instanceGroupManagers.insert',
    'compute.instanceGroupManagers.listManagedInstances',
    'compute.instanceGroupManagers.patch',
    'compute.instanceGroupManagers.resize',
    'compute.instanceTemplates.delete',
    'compute.instanceTemplates.insert',
    'compute.instanceTemplates.list',
    'compute.instances.aggregatedList',
    'compute.regionInstanceGroupManagers.insert',
    'compute.zoneOperations.get',
  ])
  await provider.close()
  await harness.close?.()
})
