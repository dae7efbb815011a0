import type { JsonValue } from '@machinepool/contract'
import type { GCPMachinePoolSpec } from '@machinepool/provider-gcp'

type Spec = Partial<GCPMachinePoolSpec>

/** What becomes of one field of the spec. */
export interface Field {
  /** Such as `a.b[].c`. */
  readonly leaf: string
  /** A spec with it, the same with another value, and the same without it. */
  readonly set: Spec
  readonly other: Spec
  readonly unset: Spec
  readonly effect: Effect
  /** Specs that admission refuses, with a word of the message. */
  readonly refused?: readonly (readonly [spec: object, word: string])[]
}

/** Values of one place: by `set`, `other` and `unset`. */
type Values = readonly [set: JsonValue, other: JsonValue, unset: JsonValue | undefined]

export type Effect =
  /** In the template, at a path of its properties: another value replaces instances. */
  | { readonly in: 'template'; readonly path: string; readonly values: Values; readonly drift: string | undefined }
  /** In the template: another value is for new instances. */
  | { readonly in: 'labels'; readonly path: string; readonly values: Values }
  /** In the group, at a path of it: another value changes the group. */
  | { readonly in: 'group'; readonly path: string; readonly values: Values }
  /** In the engine's policy for rollouts, at a path of it. */
  | { readonly in: 'policy'; readonly path: string; readonly values: Values }
  /** In what starts Google's own updater, at a path of the group's update policy. */
  | { readonly in: 'updater'; readonly path: string; readonly values: Values }
  /** Where the group is: it cannot change. */
  | { readonly in: 'place' }
  /** Written by controllers, read back as what is recorded. */
  | { readonly in: 'status' }

const template = (path: string, drift: string | undefined, ...values: Values): Effect => ({
  in: 'template',
  path,
  drift,
  values,
})
const group = (path: string, ...values: Values): Effect => ({ in: 'group', path, values })
const policy = (path: string, ...values: Values): Effect => ({ in: 'policy', path, values })
const updater = (path: string, ...values: Values): Effect => ({ in: 'updater', path, values })

const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']
const key = (name: string) => `projects/p1/locations/us/keyRings/ring/cryptoKeys/${name}`
const managed = (name: string, account?: string) => ({
  keyType: 'Managed' as const,
  managedKey: { kmsKeyName: key(name) },
  ...(account === undefined ? {} : { kmsKeyServiceAccount: account }),
})
const account = (name: string) => `${name}@p1.iam.gserviceaccount.com`
const raw = (text: string) => Buffer.from(text.padEnd(32, '.')).toString('base64')
const supplied = (suppliedKey: { readonly rawKey: string } | { readonly rsaEncryptedKey: string }) => ({
  keyType: 'Supplied' as const,
  suppliedKey,
})
type Key = NonNullable<GCPMachinePoolSpec['rootDiskEncryptionKey']>

/** The five leaves of a key, of the boot disk or of another one. */
function keyFields(
  at: string,
  disk: string,
  drift: string,
  withKey: (encryptionKey: Key | undefined) => Spec,
): Field[] {
  const encryption = `${disk}.diskEncryptionKey`
  const wrong = (value: object) => withKey(value as Key)
  return [
    {
      leaf: `${at}.keyType`,
      set: withKey(managed('a')),
      other: withKey(supplied({ rawKey: raw('a') })),
      unset: withKey(undefined),
      effect: template(encryption, drift, { kmsKeyName: key('a') }, { rawKey: raw('a') }, undefined),
      refused: [
        [wrong({ keyType: 'Managed' }), 'keyType Managed needs managedKey alone'],
        [wrong({ ...supplied({ rawKey: raw('a') }), managedKey: { kmsKeyName: key('a') } }), 'keyType'],
        [wrong({ keyType: 'Other' }), 'keyType'],
      ],
    },
    {
      leaf: `${at}.kmsKeyServiceAccount`,
      set: withKey(managed('a', account('one'))),
      other: withKey(managed('a', account('two'))),
      unset: withKey(managed('a')),
      effect: template(`${encryption}.kmsKeyServiceAccount`, drift, account('one'), account('two'), undefined),
      refused: [[wrong(managed('a', 'someone@example.com')), 'kmsKeyServiceAccount']],
    },
    {
      leaf: `${at}.managedKey.kmsKeyName`,
      set: withKey(managed('a')),
      other: withKey(managed('b')),
      unset: withKey(undefined),
      effect: template(`${encryption}.kmsKeyName`, drift, key('a'), key('b'), undefined),
      refused: [[wrong({ keyType: 'Managed', managedKey: { kmsKeyName: 'a' } }), 'kmsKeyName']],
    },
    {
      leaf: `${at}.suppliedKey.rawKey`,
      set: withKey(supplied({ rawKey: raw('a') })),
      other: withKey(supplied({ rawKey: raw('b') })),
      unset: withKey(undefined),
      effect: template(`${encryption}.rawKey`, drift, raw('a'), raw('b'), undefined),
      refused: [[wrong({ keyType: 'Supplied', suppliedKey: {} }), 'suppliedKey']],
    },
    {
      leaf: `${at}.suppliedKey.rsaEncryptedKey`,
      set: withKey(supplied({ rsaEncryptedKey: raw('a') })),
      other: withKey(supplied({ rsaEncryptedKey: raw('b') })),
      unset: withKey(undefined),
      // Google shows a hash of what is inside, so that two wrapped keys cannot be told apart.
      effect: template(`${encryption}.rsaEncryptedKey`, undefined, raw('a'), raw('b'), undefined),
      refused: [[wrong(supplied({ rawKey: raw('a'), rsaEncryptedKey: raw('b') })), 'suppliedKey']],
    },
  ]
}

const rootKey = (rootDiskEncryptionKey: Key | undefined): Spec =>
  rootDiskEncryptionKey === undefined ? {} : { rootDiskEncryptionKey }
const diskKey = (encryptionKey: Key | undefined): Spec => ({
  additionalDisks: [{ deviceType: 'pd-ssd', size: 50, ...(encryptionKey === undefined ? {} : { encryptionKey }) }],
})

const shielded = (name: string, wire: string, byDefault: boolean): Field => ({
  leaf: `shieldedInstanceConfig.${name}`,
  set: { shieldedInstanceConfig: { [name]: 'Enabled' } },
  other: { shieldedInstanceConfig: { [name]: 'Disabled' } },
  unset: { shieldedInstanceConfig: {} },
  effect: template(`shieldedInstanceConfig.${wire}`, 'spec.shieldedInstanceConfig', true, false, byDefault),
  refused: [[{ shieldedInstanceConfig: { [name]: 'Maybe' } }, name]],
})

const tag = (parentID: string, name: string, value: string): Spec => ({
  resourceManagerTags: [{ parentID, key: name, value }],
})

const confidential = (confidentialCompute: NonNullable<Spec['confidentialCompute']> | undefined): Spec => ({
  instanceType: 'n2d-standard-2',
  onHostMaintenance: 'Terminate',
  ...(confidentialCompute === undefined ? {} : { confidentialCompute }),
})

const flexible = (name: string, machineTypes: string[], rank?: number): Spec => ({
  zones,
  instanceFlexibility: [{ name, machineTypes, ...(rank === undefined ? {} : { rank }) }],
})
const selections = 'instanceFlexibilityPolicy.instanceSelections'

const rolling = (rollingUpdate: object, more: object = {}): Spec => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { deletePolicy: 'Oldest', ...rollingUpdate }, ...more },
})
const proactive = (more: object = {}): Spec => ({ strategy: { type: 'Proactive', ...more } })

const stateful = (deviceName: string, autoDelete?: 'Never' | 'OnPermanentInstanceDeletion'): Spec => ({
  strategy: { type: 'OnDelete' },
  statefulDisks: [{ deviceName, ...(autoDelete === undefined ? {} : { autoDelete }) }],
})
const statefulDisks = 'statefulPolicy.preservedState.disks'

/** Every leaf of GCPMachinePool.spec; a test fails for one that is missing. */
export const fields: readonly Field[] = [
  {
    leaf: 'providerIDList[]',
    set: { providerIDList: ['gce://p1/us-central1-a/np-1'] },
    other: { providerIDList: ['gce://p1/us-central1-a/np-2'] },
    unset: {},
    effect: { in: 'status' },
  },
  {
    leaf: 'providerID',
    set: { providerID: 'gce://p1/zones/us-central1-a/instanceGroupManagers/c1-np' },
    other: { providerID: 'gce://p1/zones/us-central1-a/instanceGroupManagers/other' },
    unset: {},
    effect: { in: 'status' },
  },
  {
    leaf: 'instanceType',
    set: { instanceType: 'n2-standard-8' },
    other: { instanceType: 'n2-standard-16' },
    unset: { instanceType: 'n2-standard-4' },
    effect: template('machineType', 'spec.instanceType', 'n2-standard-8', 'n2-standard-16', 'n2-standard-4'),
    refused: [[{ instanceType: undefined }, 'instanceType']],
  },
  {
    leaf: 'subnet',
    set: { subnet: 'net' },
    other: { subnet: 'more' },
    unset: {},
    effect: template(
      'networkInterfaces[0].subnetwork',
      'spec.subnet',
      'projects/p1/regions/us-central1/subnetworks/net',
      'projects/p1/regions/us-central1/subnetworks/more',
      undefined,
    ),
  },
  {
    leaf: 'imageFamily',
    set: { imageFamily: 'projects/p1/global/images/family/stable' },
    other: { imageFamily: 'projects/debian-cloud/global/images/family/debian-12' },
    unset: { imageFamily: 'projects/p1/global/images/family/stable' },
    effect: template(
      'disks[0].initializeParams.sourceImage',
      'spec.rootDevice',
      'projects/p1/global/images/stable-1',
      'projects/debian-cloud/global/images/debian-12-v20260901',
      'projects/p1/global/images/stable-1',
    ),
  },
  {
    leaf: 'image',
    set: { image: 'projects/debian-cloud/global/images/debian-12-v20260901' },
    other: { image: 'https://www.googleapis.com/compute/v1/projects/p1/global/images/one' },
    unset: {},
    effect: template(
      'disks[0].initializeParams.sourceImage',
      'spec.rootDevice',
      'projects/debian-cloud/global/images/debian-12-v20260901',
      'projects/p1/global/images/one',
      'projects/p1/global/images/stable-1',
    ),
  },
  {
    leaf: 'additionalLabels',
    set: { additionalLabels: { Team: 'Blue' } },
    other: { additionalLabels: { Team: 'Red' } },
    unset: {},
    effect: { in: 'labels', path: 'labels.team', values: ['blue', 'red', undefined] },
  },
  {
    leaf: 'additionalMetadata[].key',
    set: { additionalMetadata: [{ key: 'a', value: 'x' }] },
    other: { additionalMetadata: [{ key: 'b', value: 'x' }] },
    unset: {},
    effect: template('metadata.items[0].key', 'spec.additionalMetadata', 'a', 'b', 'user-data'),
    refused: [
      [{ additionalMetadata: [{ key: 'user-data', value: 'x' }] }, 'user-data'],
      [{ additionalMetadata: [{ key: 'a' }, { key: 'a' }] }, 'additionalMetadata'],
    ],
  },
  {
    leaf: 'additionalMetadata[].value',
    set: { additionalMetadata: [{ key: 'a', value: 'x' }] },
    other: { additionalMetadata: [{ key: 'a', value: 'y' }] },
    unset: { additionalMetadata: [{ key: 'a' }] },
    effect: template('metadata.items[0].value', 'spec.additionalMetadata', 'x', 'y', ''),
  },
  {
    leaf: 'publicIP',
    set: { publicIP: true },
    other: { publicIP: false },
    unset: {},
    effect: template(
      'networkInterfaces[0].accessConfigs',
      'spec.subnet',
      [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT' }],
      null,
      undefined,
    ),
  },
  {
    leaf: 'additionalNetworkTags[]',
    set: { additionalNetworkTags: ['web'] },
    other: { additionalNetworkTags: ['db', 'web'] },
    unset: {},
    effect: template(
      'tags.items',
      'spec.additionalNetworkTags',
      ['c1', 'c1-node', 'web'],
      ['c1', 'c1-node', 'db', 'web'],
      ['c1', 'c1-node'],
    ),
  },
  // Google does not give tags back, so that none can be compared on take-over.
  {
    leaf: 'resourceManagerTags[].parentID',
    set: tag('123', 'cost', 'ml'),
    other: tag('some-project', 'cost', 'ml'),
    unset: {},
    effect: template('resourceManagerTags', undefined, { '123/cost': 'ml' }, { 'some-project/cost': 'ml' }, undefined),
    refused: [[tag('0', 'cost', 'ml'), 'parentID']],
  },
  {
    leaf: 'resourceManagerTags[].key',
    set: tag('123', 'cost', 'ml'),
    other: tag('123', 'team', 'ml'),
    unset: {},
    effect: template(
      'disks[0].initializeParams.resourceManagerTags',
      undefined,
      { '123/cost': 'ml' },
      { '123/team': 'ml' },
      undefined,
    ),
    refused: [[tag('123', '-', 'ml'), 'key']],
  },
  {
    leaf: 'resourceManagerTags[].value',
    set: tag('123', 'cost', 'ml'),
    other: tag('123', 'cost', 'web'),
    unset: {},
    effect: template('resourceManagerTags', undefined, { '123/cost': 'ml' }, { '123/cost': 'web' }, undefined),
    refused: [[tag('123', 'cost', ''), 'value']],
  },
  {
    leaf: 'rootDeviceSize',
    set: { rootDeviceSize: 50 },
    other: { rootDeviceSize: 60 },
    unset: {},
    effect: template('disks[0].initializeParams.diskSizeGb', 'spec.rootDevice', '50', '60', '30'),
    refused: [[{ rootDeviceSize: 9 }, 'rootDeviceSize']],
  },
  {
    leaf: 'rootDeviceType',
    set: { rootDeviceType: 'pd-ssd' },
    other: { rootDeviceType: 'pd-balanced' },
    unset: {},
    effect: template('disks[0].initializeParams.diskType', 'spec.rootDevice', 'pd-ssd', 'pd-balanced', 'pd-standard'),
  },
  {
    leaf: 'additionalDisks[].deviceType',
    set: { additionalDisks: [{ deviceType: 'pd-ssd' }] },
    other: { additionalDisks: [{ deviceType: 'local-ssd' }] },
    unset: { additionalDisks: [{}] },
    effect: template('disks[1].initializeParams.diskType', 'spec.rootDevice', 'pd-ssd', 'local-ssd', 'pd-standard'),
    refused: [[{ additionalDisks: [{ deviceType: 'local-ssd', encryptionKey: managed('a') }] }, 'local SSDs']],
  },
  {
    leaf: 'additionalDisks[].size',
    set: { additionalDisks: [{ size: 100 }] },
    other: { additionalDisks: [{ size: 200 }] },
    unset: { additionalDisks: [{}] },
    effect: template('disks[1].initializeParams.diskSizeGb', 'spec.rootDevice', '100', '200', '30'),
    refused: [[{ additionalDisks: [{ size: 0 }] }, 'size must be positive']],
  },
  ...keyFields('additionalDisks[].encryptionKey', 'disks[1]', 'spec.rootDevice', diskKey),
  {
    leaf: 'serviceAccounts.email',
    set: { serviceAccounts: { email: account('one') } },
    other: { serviceAccounts: { email: account('two') } },
    unset: { serviceAccounts: {} },
    effect: template('serviceAccounts[0].email', 'spec.serviceAccounts', account('one'), account('two'), 'default'),
  },
  {
    leaf: 'serviceAccounts.scopes[]',
    set: { serviceAccounts: { scopes: ['b', 'a'] } },
    other: { serviceAccounts: { scopes: ['a'] } },
    unset: { serviceAccounts: {} },
    effect: template(
      'serviceAccounts[0].scopes',
      'spec.serviceAccounts',
      ['a', 'b'],
      ['a'],
      ['https://www.googleapis.com/auth/cloud-platform'],
    ),
  },
  {
    leaf: 'preemptible',
    set: { preemptible: true },
    other: { preemptible: false },
    unset: {},
    effect: template('scheduling.preemptible', 'spec.provisioningModel', true, null, undefined),
    refused: [
      [{ preemptible: true, provisioningModel: 'Standard' }, 'provisioningModel'],
      [{ preemptible: true, onHostMaintenance: 'Migrate' }, 'onHostMaintenance'],
    ],
  },
  {
    leaf: 'provisioningModel',
    set: { provisioningModel: 'Spot' },
    other: { provisioningModel: 'Standard' },
    unset: {},
    effect: template('scheduling.provisioningModel', 'spec.provisioningModel', 'SPOT', 'STANDARD', undefined),
    refused: [
      [{ provisioningModel: 'Flex' }, 'provisioningModel'],
      [{ provisioningModel: 'Spot', onHostMaintenance: 'Migrate' }, 'onHostMaintenance'],
    ],
  },
  {
    leaf: 'ipForwarding',
    set: { ipForwarding: 'Disabled' },
    other: { ipForwarding: 'Enabled' },
    unset: {},
    effect: template('canIpForward', 'spec.ipForwarding', false, true, true),
    refused: [[{ ipForwarding: 'On' }, 'ipForwarding']],
  },
  shielded('secureBoot', 'enableSecureBoot', false),
  shielded('virtualizedTrustedPlatformModule', 'enableVtpm', true),
  shielded('integrityMonitoring', 'enableIntegrityMonitoring', true),
  {
    leaf: 'onHostMaintenance',
    set: { onHostMaintenance: 'Terminate' },
    other: { onHostMaintenance: 'Migrate' },
    unset: {},
    effect: template('scheduling.onHostMaintenance', 'spec.provisioningModel', 'TERMINATE', 'MIGRATE', undefined),
    refused: [
      [{ onHostMaintenance: 'Restart' }, 'onHostMaintenance'],
      [{ onHostMaintenance: 'Migrate', guestAccelerators: [{ type: 't4', count: 1 }] }, 'onHostMaintenance'],
    ],
  },
  {
    leaf: 'confidentialCompute',
    set: confidential('AMDEncryptedVirtualization'),
    other: confidential('AMDEncryptedVirtualizationNestedPaging'),
    unset: confidential(undefined),
    effect: template(
      'confidentialInstanceConfig',
      'spec.confidentialCompute',
      { enableConfidentialCompute: true, confidentialInstanceType: 'SEV' },
      { enableConfidentialCompute: true, confidentialInstanceType: 'SEV_SNP' },
      undefined,
    ),
    refused: [
      [{ ...confidential('Enabled'), onHostMaintenance: 'Migrate' }, 'onHostMaintenance'],
      [{ ...confidential('Enabled'), instanceType: 'n2-standard-2' }, 'instanceType'],
      [{ ...confidential('AMDEncryptedVirtualizationNestedPaging'), instanceType: 'c3d-standard-4' }, 'instanceType'],
      [confidential('IntelTrustedDomainExtensions'), 'instanceType'],
    ],
  },
  ...keyFields('rootDiskEncryptionKey', 'disks[0]', 'spec.rootDevice', rootKey),
  {
    leaf: 'guestAccelerators[].type',
    set: { guestAccelerators: [{ type: 'nvidia-tesla-t4', count: 1 }] },
    other: { guestAccelerators: [{ type: 'nvidia-l4', count: 1 }] },
    unset: {},
    effect: template(
      'guestAccelerators[0].acceleratorType',
      'spec.guestAccelerators',
      'nvidia-tesla-t4',
      'nvidia-l4',
      undefined,
    ),
  },
  {
    leaf: 'guestAccelerators[].count',
    set: { guestAccelerators: [{ type: 'nvidia-tesla-t4', count: 1 }] },
    other: { guestAccelerators: [{ type: 'nvidia-tesla-t4', count: 2 }] },
    unset: {},
    effect: template('guestAccelerators[0].acceleratorCount', 'spec.guestAccelerators', 1, 2, undefined),
  },
  {
    leaf: 'zones[]',
    set: { zones: ['us-central1-a'] },
    other: { zones: ['us-central1-b'] },
    unset: {},
    effect: { in: 'place' },
    refused: [
      [{ zones: [] }, 'zones'],
      [{ zones: ['us-central1-a', 'us-east1-b'] }, 'one region'],
      [{ zones: ['us-central1-a', 'us-central1-a'] }, 'named once'],
      [{ zones: ['nowhere'] }, 'zones'],
    ],
  },
  {
    leaf: 'distribution.targetShape',
    set: { zones, distribution: { targetShape: 'Balanced' } },
    other: { zones, distribution: { targetShape: 'Any' } },
    unset: { zones },
    effect: group('distributionPolicy.targetShape', 'BALANCED', 'ANY', 'EVEN'),
    refused: [
      [{ zones, distribution: { targetShape: 'Odd' } }, 'targetShape'],
      [{ zones: ['us-central1-a'], distribution: { targetShape: 'Any' } }, 'distribution needs several zones'],
    ],
  },
  {
    leaf: 'distribution.redistribution',
    set: { zones, ...proactive(), distribution: { redistribution: 'Proactive' } },
    other: { zones, ...proactive(), distribution: { redistribution: 'None' } },
    unset: { zones, ...proactive() },
    effect: group('updatePolicy.instanceRedistributionType', 'PROACTIVE', 'NONE', 'NONE'),
    refused: [
      [{ zones, distribution: { redistribution: 'Proactive' } }, 'redistribution'],
      [
        { zones, ...proactive(), distribution: { targetShape: 'Any', redistribution: 'Proactive' } },
        'redistribution Proactive needs targetShape Even',
      ],
    ],
  },
  {
    leaf: 'strategy.type',
    set: proactive(),
    other: { strategy: { type: 'OnDelete' } },
    unset: {},
    effect: policy('strategy', 'CloudRollout', 'OnDelete', 'RollingUpdate'),
    refused: [[{ strategy: { type: 'Sometimes' } }, 'type']],
  },
  {
    leaf: 'strategy.rollingUpdate.maxSurge',
    set: rolling({ maxSurge: 2 }),
    other: rolling({ maxSurge: '30%' }),
    unset: rolling({}),
    effect: policy('maxSurge', 2, '30%', 1),
    refused: [
      [rolling({ maxSurge: -1 }), 'maxSurge'],
      [rolling({ maxSurge: 'many' }), 'maxSurge'],
      [rolling({ maxSurge: 0 }), 'must not both be 0'],
      [{ zones, strategy: { type: 'Proactive', rollingUpdate: { maxSurge: 2 } } }, 'number of zones'],
    ],
  },
  {
    leaf: 'strategy.rollingUpdate.maxUnavailable',
    set: rolling({ maxUnavailable: 2 }),
    other: rolling({ maxUnavailable: '50%' }),
    unset: rolling({}),
    effect: policy('maxUnavailable', 2, '50%', 0),
    refused: [
      [rolling({ maxUnavailable: -1 }), 'maxUnavailable'],
      [{ zones, strategy: { type: 'Proactive', rollingUpdate: { maxUnavailable: 1 } } }, 'number of zones'],
    ],
  },
  {
    leaf: 'strategy.rollingUpdate.deletePolicy',
    set: rolling({ deletePolicy: 'Newest' }),
    other: rolling({ deletePolicy: 'Random' }),
    unset: {},
    effect: policy('deletePolicy', 'Newest', 'Random', 'Oldest'),
    refused: [[rolling({ deletePolicy: 'Best' }), 'deletePolicy']],
  },
  {
    leaf: 'strategy.replacementMethod',
    set: proactive({ replacementMethod: 'Recreate' }),
    other: proactive({ replacementMethod: 'Substitute' }),
    unset: proactive(),
    effect: updater('replacementMethod', 'RECREATE', 'SUBSTITUTE', 'SUBSTITUTE'),
    refused: [
      [{ strategy: { type: 'RollingUpdate', replacementMethod: 'Recreate' } }, 'replacementMethod'],
      [proactive({ replacementMethod: 'Recreate', rollingUpdate: { maxSurge: 1 } }), 'maxSurge 0'],
      [proactive({ replacementMethod: 'Recreate', rollingUpdate: { maxUnavailable: 0 } }), 'maxUnavailable'],
    ],
  },
  {
    leaf: 'resourcePolicies[]',
    set: { resourcePolicies: ['b', 'a'] },
    other: { resourcePolicies: ['a'] },
    unset: {},
    effect: template('resourcePolicies', 'spec.resourcePolicies', ['a', 'b'], ['a'], undefined),
  },
  {
    leaf: 'reservationAffinity.type',
    set: { reservationAffinity: { type: 'None' } },
    other: { reservationAffinity: { type: 'Specific', reservations: ['r1'] } },
    unset: {},
    effect: template(
      'reservationAffinity.consumeReservationType',
      'spec.reservationAffinity',
      'NO_RESERVATION',
      'SPECIFIC_RESERVATION',
      undefined,
    ),
    refused: [
      [{ reservationAffinity: { type: 'Specific' } }, 'reservations'],
      [{ reservationAffinity: { type: 'Any', reservations: ['r1'] } }, 'reservations'],
    ],
  },
  {
    leaf: 'reservationAffinity.reservations[]',
    set: { reservationAffinity: { type: 'Specific', reservations: ['r2', 'r1'] } },
    other: { reservationAffinity: { type: 'Specific', reservations: ['r1'] } },
    unset: {},
    effect: template('reservationAffinity.values', 'spec.reservationAffinity', ['r1', 'r2'], ['r1'], undefined),
  },
  {
    leaf: 'autoHealing.healthCheck',
    set: { autoHealing: { healthCheck: 'alive' } },
    other: { autoHealing: { healthCheck: 'projects/p1/global/healthChecks/other' } },
    unset: {},
    effect: group(
      'autoHealingPolicies[0].healthCheck',
      'projects/p1/global/healthChecks/alive',
      'projects/p1/global/healthChecks/other',
      undefined,
    ),
    refused: [[{ autoHealing: { healthCheck: '' } }, 'healthCheck']],
  },
  {
    leaf: 'autoHealing.initialDelaySeconds',
    set: { autoHealing: { healthCheck: 'alive', initialDelaySeconds: 0 } },
    other: { autoHealing: { healthCheck: 'alive', initialDelaySeconds: 60 } },
    unset: { autoHealing: { healthCheck: 'alive' } },
    effect: group('autoHealingPolicies[0].initialDelaySec', 0, 60, 300),
    refused: [[{ autoHealing: { healthCheck: 'alive', initialDelaySeconds: 3_601 } }, 'initialDelaySeconds']],
  },
  {
    leaf: 'instanceFlexibility[].name',
    set: flexible('a', ['n2-standard-4']),
    other: flexible('b', ['n2-standard-4']),
    unset: { zones },
    effect: group(
      selections,
      { a: { machineTypes: ['n2-standard-4'], rank: 0 } },
      { b: { machineTypes: ['n2-standard-4'], rank: 0 } },
      undefined,
    ),
    refused: [
      [flexible('', ['n2-standard-4']), 'name'],
      [{ ...flexible('a', ['n2-standard-4']), zones: ['us-central1-a'] }, 'instanceFlexibility needs several zones'],
    ],
  },
  {
    leaf: 'instanceFlexibility[].machineTypes[]',
    set: flexible('a', ['n2-standard-4', 'e2-standard-4']),
    other: flexible('a', ['n2-standard-4']),
    unset: { zones },
    effect: group(`${selections}.a.machineTypes`, ['n2-standard-4', 'e2-standard-4'], ['n2-standard-4'], undefined),
    refused: [[flexible('a', []), 'machineTypes']],
  },
  {
    leaf: 'instanceFlexibility[].rank',
    set: flexible('a', ['n2-standard-4'], 1),
    other: flexible('a', ['n2-standard-4'], 2),
    unset: flexible('a', ['n2-standard-4']),
    effect: group(`${selections}.a.rank`, 1, 2, 0),
    refused: [[flexible('a', ['n2-standard-4'], -1), 'rank']],
  },
  {
    leaf: 'namedPorts[].name',
    set: { namedPorts: [{ name: 'http', port: 80 }] },
    other: { namedPorts: [{ name: 'web', port: 80 }] },
    unset: {},
    effect: group('namedPorts', [{ name: 'http', port: 80 }], [{ name: 'web', port: 80 }], []),
    refused: [[{ namedPorts: [{ name: 'HTTP', port: 80 }] }, 'name']],
  },
  {
    leaf: 'namedPorts[].port',
    set: { namedPorts: [{ name: 'http', port: 80 }] },
    other: { namedPorts: [{ name: 'http', port: 8080 }] },
    unset: {},
    effect: group('namedPorts', [{ name: 'http', port: 80 }], [{ name: 'http', port: 8080 }], []),
    refused: [[{ namedPorts: [{ name: 'http', port: 0 }] }, 'port']],
  },
  {
    leaf: 'statefulDisks[].deviceName',
    set: stateful('data'),
    other: stateful('logs'),
    unset: { strategy: { type: 'OnDelete' } },
    effect: group(statefulDisks, { data: { autoDelete: 'NEVER' } }, { logs: { autoDelete: 'NEVER' } }, undefined),
    refused: [
      [{ statefulDisks: [{ deviceName: 'data' }] }, 'statefulDisks'],
      [{ ...stateful('data'), strategy: { type: 'RollingUpdate' } }, 'a rollout would lose stateful disks'],
      [stateful(''), 'deviceName'],
    ],
  },
  {
    leaf: 'statefulDisks[].autoDelete',
    set: stateful('data', 'OnPermanentInstanceDeletion'),
    other: stateful('data', 'Never'),
    unset: stateful('data'),
    effect: group(`${statefulDisks}.data.autoDelete`, 'ON_PERMANENT_INSTANCE_DELETION', 'NEVER', 'NEVER'),
    refused: [[stateful('data', 'Now' as never), 'autoDelete']],
  },
  {
    leaf: 'targetSizePolicy',
    set: { targetSizePolicy: 'Bulk' },
    other: { targetSizePolicy: 'Individual' },
    unset: {},
    effect: group('targetSizePolicy.mode', 'BULK', 'INDIVIDUAL', 'INDIVIDUAL'),
    refused: [[{ targetSizePolicy: 'Some' }, 'targetSizePolicy']],
  },
]
