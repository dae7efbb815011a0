import { schema as s, shapes } from '@machinepool/api'
import type { Static } from 'typebox'

import { additionalDisks, encryptionKey } from './disk-schema.ts'
import { distribution, groupSettings, strategy, zones } from './group-schema.ts'

const enabled = (description: string) => s.optional(s.oneOf(description, ['Enabled', 'Disabled']))

const resourceManagerTags = () =>
  s.list(
    'Tags of Resource Manager for instances and disks.',
    s.object('One tag.', {
      parentID: s.text('Organisation number or project that has the key.', {
        minLength: 1,
        maxLength: 32,
        pattern: '(^[1-9][0-9]{0,31}$)|(^[a-z][a-z0-9-]{4,28}[a-z0-9]$)',
      }),
      key: s.text('Short name of the key.', {
        minLength: 1,
        maxLength: 63,
        pattern: '^[a-zA-Z0-9]([0-9A-Za-z_.-]{0,61}[a-zA-Z0-9])?$',
      }),
      value: s.text('Short name of the value.', {
        minLength: 1,
        maxLength: 63,
        pattern: '^[a-zA-Z0-9]([0-9A-Za-z_.@%=+:,*#&()\\[\\]{}\\-\\s]{0,61}[a-zA-Z0-9])?$',
      }),
    }),
    { maxItems: 50 },
  )

/** Fields of upstream's GCPMachinePool, in upstream's words. */
const upstreamFields = {
  providerIDList: s.optional(
    s.list('Provider IDs of the instances, written by the controller.', s.text('One provider ID.')),
  ),
  instanceType: s.text('Machine type, such as n2-standard-4.', { maxLength: 63 }),
  subnet: s.optional(s.text('Subnetwork in the region of the cluster. Absent: the network decides.')),
  imageFamily: s.optional(s.text('Full reference of an image family, used when image is absent.')),
  image: s.optional(s.text('Full reference of an image.')),
  additionalLabels: s.optional(s.textMap('Labels of instances and boot disks, beside those of the cluster.')),
  additionalMetadata: s.optional(
    s.listMap(
      'Metadata of instances.',
      ['key'],
      s.object('One entry.', {
        key: s.text('Key of the entry.', { maxLength: 128 }),
        value: s.optional(s.text('Value of the entry.')),
      }),
      {
        maxItems: 64,
        rules: [
          {
            rule: "self.all(entry, entry.key != 'user-data')",
            message: 'user-data holds the bootstrap data and cannot be set here',
          },
        ],
      },
    ),
  ),
  publicIP: s.optional(s.boolean('Whether instances have a public address.')),
  additionalNetworkTags: s.optional(s.list('Network tags, beside those of the cluster.', s.text('One network tag.'))),
  resourceManagerTags: s.optional(resourceManagerTags()),
  rootDeviceSize: s.optional(s.int64('Size of the boot disk in GB. Absent: 30.')),
  rootDeviceType: s.optional(s.text('Type of the boot disk. Absent: pd-standard.')),
  additionalDisks: s.optional(additionalDisks()),
  serviceAccounts: s.optional(
    s.object('Service account of the instances. Absent: default, with scope cloud-platform.', {
      email: s.optional(s.text('Its address.')),
      scopes: s.optional(s.list('Its scopes.', s.text('One scope.'))),
    }),
  ),
  preemptible: s.optional(s.boolean('Preemptible instances; provisioningModel Spot is the newer way.')),
  provisioningModel: s.optional(s.oneOf('Standard or Spot. Absent: Standard.', ['Standard', 'Spot'])),
  ipForwarding: s.optional(
    s.oneOf('Whether instances may send packets of other addresses.', ['Enabled', 'Disabled'], { default: 'Enabled' }),
  ),
  shieldedInstanceConfig: s.optional(
    s.object('Shielded VM.', {
      secureBoot: enabled('Only signed boot components. Absent: Disabled.'),
      virtualizedTrustedPlatformModule: enabled('Virtual TPM. Absent: Enabled.'),
      integrityMonitoring: enabled('Integrity monitoring. Absent: Enabled.'),
    }),
  ),
  onHostMaintenance: s.optional(
    s.oneOf('What happens when the host is maintained. Absent: Migrate where possible.', ['Migrate', 'Terminate']),
  ),
  confidentialCompute: s.optional(
    s.oneOf('Confidential VM, and its technology.', [
      'Enabled',
      'Disabled',
      'AMDEncryptedVirtualization',
      'AMDEncryptedVirtualizationNestedPaging',
      'IntelTrustedDomainExtensions',
    ]),
  ),
  rootDiskEncryptionKey: s.optional(encryptionKey('Key of the boot disk.')),
  guestAccelerators: s.optional(
    s.list(
      'Accelerators.',
      s.object('Accelerators of one type.', {
        type: s.optional(s.text('Name of the type, such as nvidia-tesla-t4.')),
        count: s.optional(s.int64('How many of them.')),
      }),
    ),
  ),
}

/** What upstream has no field for. */
const furtherFields = {
  providerID: s.optional(s.text('Managed instance group of the pool, written by the controller.')),
  zones: s.optional(zones()),
  distribution: s.optional(distribution()),
  strategy: s.optional(strategy()),
  resourcePolicies: s.optional(
    s.list('Resource policies of instances.', s.text('Name of one policy.', { maxLength: 256 }), { maxItems: 8 }),
  ),
  reservationAffinity: s.optional(
    s.object(
      'Which reservations instances may use.',
      {
        type: s.oneOf('Any, None or Specific.', ['Any', 'None', 'Specific']),
        reservations: s.optional(
          s.list('Names of reservations, for Specific.', s.text('One reservation.', { maxLength: 256 }), {
            maxItems: 8,
          }),
        ),
      },
      {
        rules: [
          {
            rule: "(self.type == 'Specific') == (has(self.reservations) && size(self.reservations) > 0)",
            message: 'reservations and type Specific go together',
            fieldPath: '.reservations',
          },
        ],
      },
    ),
  ),
  ...groupSettings,
}

const confidential = "has(self.confidentialCompute) && self.confidentialCompute != 'Disabled'"
const series = (technology: string, names: readonly string[]): string =>
  `!(has(self.confidentialCompute) && self.confidentialCompute == '${technology}') || self.instanceType.split('-')[0] in ['${names.join("', '")}']`
const proactive = "has(self.strategy) && self.strategy.type == 'Proactive'"
const zonesAndBudget = (budget: string): string =>
  `!(${proactive} && has(self.zones) && size(self.zones) > 1 && has(self.strategy.rollingUpdate) && has(self.strategy.rollingUpdate.${budget}) && type(self.strategy.rollingUpdate.${budget}) == int) || self.strategy.rollingUpdate.${budget} == 0 || self.strategy.rollingUpdate.${budget} >= size(self.zones)`

/** Rules over several fields. Upstream has them for GCPMachine alone, in a webhook. */
const specRules: readonly s.ValidationRule[] = [
  {
    rule: `!(${confidential}) || (has(self.onHostMaintenance) && self.onHostMaintenance == 'Terminate')`,
    message: 'confidential VMs cannot be migrated: onHostMaintenance must be Terminate',
    fieldPath: '.onHostMaintenance',
  },
  ...(
    [
      ['Enabled', ['n2d', 'c2d', 'c3d']],
      ['AMDEncryptedVirtualization', ['n2d', 'c2d', 'c3d']],
      ['AMDEncryptedVirtualizationNestedPaging', ['n2d']],
      ['IntelTrustedDomainExtensions', ['c3']],
    ] as const
  ).map(([technology, names]): s.ValidationRule => ({
    rule: series(technology, names),
    message: `confidentialCompute ${technology} needs a machine type of series ${names.join(', ')}`,
    fieldPath: '.instanceType',
  })),
  {
    rule: "!(has(self.guestAccelerators) && size(self.guestAccelerators) > 0 && has(self.onHostMaintenance)) || self.onHostMaintenance == 'Terminate'",
    message: 'instances with accelerators cannot be migrated: onHostMaintenance must be Terminate',
    fieldPath: '.onHostMaintenance',
  },
  {
    rule: "!(has(self.provisioningModel) && self.provisioningModel == 'Spot' && has(self.onHostMaintenance)) || self.onHostMaintenance == 'Terminate'",
    message: 'spot instances cannot be migrated: onHostMaintenance must be Terminate',
    fieldPath: '.onHostMaintenance',
  },
  {
    rule: "!(has(self.preemptible) && self.preemptible && has(self.onHostMaintenance)) || self.onHostMaintenance == 'Terminate'",
    message: 'preemptible instances cannot be migrated: onHostMaintenance must be Terminate',
    fieldPath: '.onHostMaintenance',
  },
  {
    rule: "!(has(self.preemptible) && self.preemptible && has(self.provisioningModel)) || self.provisioningModel == 'Spot'",
    message: 'preemptible contradicts provisioningModel Standard',
    fieldPath: '.provisioningModel',
  },
  {
    rule: '!has(self.rootDeviceSize) || self.rootDeviceSize >= 10',
    message: 'a boot disk has at least 10 GB',
    fieldPath: '.rootDeviceSize',
  },
  {
    rule: "!has(self.statefulDisks) || size(self.statefulDisks) == 0 || (has(self.strategy) && self.strategy.type == 'OnDelete')",
    message: 'a rollout would lose stateful disks: use strategy type OnDelete with statefulDisks',
    fieldPath: '.statefulDisks',
    reason: 'FieldValueForbidden',
  },
  {
    rule: zonesAndBudget('maxSurge'),
    message: 'maxSurge of a regional group must be 0 or at least the number of zones',
    fieldPath: '.strategy.rollingUpdate.maxSurge',
  },
  {
    rule: zonesAndBudget('maxUnavailable'),
    message: 'maxUnavailable of a regional group must be 0 or at least the number of zones',
    fieldPath: '.strategy.rollingUpdate.maxUnavailable',
  },
  {
    rule: '!has(self.distribution) || !has(self.zones) || size(self.zones) > 1',
    message: 'distribution needs several zones',
    fieldPath: '.distribution',
    reason: 'FieldValueForbidden',
  },
  {
    rule: "!(has(self.distribution) && has(self.distribution.redistribution) && self.distribution.redistribution == 'Proactive') || (has(self.strategy) && self.strategy.type == 'Proactive')",
    message:
      'Google deletes instances without draining them to move them: redistribution Proactive needs strategy type Proactive',
    fieldPath: '.distribution.redistribution',
    reason: 'FieldValueForbidden',
  },
  {
    rule: "!(has(self.distribution) && has(self.distribution.redistribution) && self.distribution.redistribution == 'Proactive' && has(self.distribution.targetShape)) || self.distribution.targetShape == 'Even'",
    message: 'redistribution Proactive needs targetShape Even',
    fieldPath: '.distribution.redistribution',
    reason: 'FieldValueForbidden',
  },
  {
    rule: '!has(self.instanceFlexibility) || size(self.instanceFlexibility) == 0 || !has(self.zones) || size(self.zones) > 1',
    message: 'instanceFlexibility needs several zones: zonal groups have none',
    fieldPath: '.instanceFlexibility',
    reason: 'FieldValueForbidden',
  },
  {
    rule: '!has(oldSelf.zones) || (has(self.zones) && size(self.zones) == size(oldSelf.zones) && self.zones.all(zone, zone in oldSelf.zones))',
    message: 'zones cannot change: a managed instance group does not move',
    fieldPath: '.zones',
  },
  {
    rule: 'has(self.subnet) == has(oldSelf.subnet) && (!has(self.subnet) || self.subnet == oldSelf.subnet)',
    message: 'subnet cannot change: all templates of a managed instance group share their subnetwork',
    fieldPath: '.subnet',
  },
]

export const gcpMachinePoolSpec = s.object(
  'Wanted state of the pool.',
  { ...upstreamFields, ...furtherFields },
  { rules: specRules },
)

export const gcpMachinePoolStatus = s.object('Observed state of the pool.', {
  ready: s.optional(s.boolean('The managed instance group exists.')),
  replicas: s.optional(s.int32('Instances in the managed instance group.')),
  conditions: s.optional(s.list('State of the object, one condition per type.', shapes.condition())),
  infrastructureMachineKind: s.optional(s.text('Kind of the per-instance objects.')),
  initialization: s.optional(
    s.object('What has been done at least once.', {
      provisioned: s.optional(s.boolean('The managed instance group was created.')),
    }),
  ),
  instanceGroupManager: s.optional(s.text('Managed instance group, as a path below the project.')),
  instanceTemplate: s.optional(s.text('Name of the template that new instances are made from.')),
  zones: s.optional(s.list('Zones of the group.', s.text('One zone.'))),
})

export type GCPMachinePoolSpec = Static<typeof gcpMachinePoolSpec>
export type GCPMachinePoolStatus = Static<typeof gcpMachinePoolStatus>
export type GCPEncryptionKey = NonNullable<GCPMachinePoolSpec['rootDiskEncryptionKey']>
