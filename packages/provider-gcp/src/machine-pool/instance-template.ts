import { revision, type BootstrapData, type JsonObject, type PoolRef } from '@machinepool/contract'
import { plainJson, textAt } from '@machinepool/provider-kit'

import type { InstanceProperties, Scheduling } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { revisionScheme } from './current-template.ts'
import { templateDisks, withSuppliedKeys } from './disks.ts'
import { instanceLabels, networkTags } from './labels.ts'
import type { ResolvedInputs } from './resolved-inputs.ts'

type Pool = PoolRef<GCPMachinePoolSpec>
type Spec = GCPMachinePoolSpec

/** Key of the bootstrap data in the metadata of an instance; cloud-init reads it. */
export const userDataKey = 'user-data'

const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform'

/**
 * What instances are made from, but for the bootstrap data and keys that are secrets. PURE.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instanceTemplates
 */
export function instanceProperties(pool: Pool, inputs: ResolvedInputs): InstanceProperties {
  const { spec } = pool
  const labels = instanceLabels(pool)
  const tags = resourceManagerTags(spec)
  return {
    machineType: spec.instanceType,
    canIpForward: (spec.ipForwarding ?? 'Enabled') === 'Enabled',
    labels,
    tags: { items: networkTags(pool) },
    metadata: { items: metadataItems(spec) },
    networkInterfaces: [networkInterface(pool, inputs)],
    disks: templateDisks(spec, inputs.image ?? '', labels, tags),
    serviceAccounts: [
      {
        email: spec.serviceAccounts?.email ?? 'default',
        scopes: [...(spec.serviceAccounts?.scopes ?? [cloudPlatformScope])].toSorted(),
      },
    ],
    scheduling: scheduling(spec),
    ...(spec.guestAccelerators === undefined
      ? {}
      : {
          guestAccelerators: spec.guestAccelerators.map(({ type = '', count = 0 }) => ({
            acceleratorType: type,
            acceleratorCount: count,
          })),
        }),
    ...shielded(spec),
    ...confidential(spec),
    ...(tags === undefined ? {} : { resourceManagerTags: tags }),
    ...(spec.resourcePolicies === undefined ? {} : { resourcePolicies: spec.resourcePolicies.toSorted() }),
    ...reservations(spec),
  }
}

/** Sorted by key: their order means nothing. */
function metadataItems(spec: Spec): { key: string; value: string }[] {
  return (spec.additionalMetadata ?? [])
    .map(({ key, value = '' }) => ({ key, value }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * In namespaced form, which Google resolves by itself: no look-up can fail and drop a tag.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instanceTemplates
 */
function resourceManagerTags(spec: Spec): Record<string, string> | undefined {
  if (spec.resourceManagerTags === undefined || spec.resourceManagerTags.length === 0) return undefined
  return Object.fromEntries(spec.resourceManagerTags.map(({ parentID, key, value }) => [`${parentID}/${key}`, value]))
}

/** What Google takes and does not give back: tags, and keys. A copy of a live template has to be given them again. */
export function withInputOnly(properties: InstanceProperties, spec: Spec): InstanceProperties {
  const tags = resourceManagerTags(spec)
  const disks = withSuppliedKeys(properties.disks ?? [], spec)
  if (tags === undefined) return { ...properties, disks }
  return {
    ...properties,
    resourceManagerTags: tags,
    disks: disks.map(({ initializeParams, ...disk }) => ({
      ...disk,
      ...(initializeParams === undefined
        ? {}
        : {
            initializeParams: {
              ...initializeParams,
              ...(disk.type === 'SCRATCH' ? {} : { resourceManagerTags: tags }),
            },
          }),
    })),
  }
}

function networkInterface(
  { cluster, spec }: Pool,
  { project: own, region }: ResolvedInputs,
): NonNullable<InstanceProperties['networkInterfaces']>[number] {
  const project = textAt(cluster.infrastructure, 'spec', 'network', 'hostProject') ?? own
  const network = textAt(cluster.infrastructure, 'spec', 'network', 'name') ?? 'default'
  return {
    network: `projects/${project}/global/networks/${network}`,
    ...(spec.subnet === undefined
      ? {}
      : { subnetwork: `projects/${project}/regions/${region}/subnetworks/${spec.subnet}` }),
    ...(spec.publicIP === true ? { accessConfigs: [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT' }] } : {}),
  }
}

export function isSpot({ preemptible, provisioningModel }: Spec): boolean {
  return preemptible === true || provisioningModel === 'Spot'
}

function isConfidential({ confidentialCompute }: Spec): boolean {
  return confidentialCompute !== undefined && confidentialCompute !== 'Disabled'
}

/** Spot instances, accelerators and confidential VMs cannot be migrated; spot instances do not restart by themselves. */
function scheduling(spec: Spec): Scheduling {
  const accelerated = (spec.guestAccelerators ?? []).length > 0
  const fixed = isSpot(spec) || accelerated || isConfidential(spec)
  const maintenance = fixed ? 'TERMINATE' : spec.onHostMaintenance?.toUpperCase()
  return {
    ...(spec.preemptible === true ? { preemptible: true } : {}),
    ...(spec.provisioningModel === undefined ? {} : { provisioningModel: spec.provisioningModel.toUpperCase() }),
    ...(isSpot(spec) ? { automaticRestart: false } : {}),
    ...(maintenance === undefined ? {} : { onHostMaintenance: maintenance }),
  }
}

function shielded({ shieldedInstanceConfig: config }: Spec): Pick<InstanceProperties, 'shieldedInstanceConfig'> {
  if (config === undefined) return {}
  return {
    shieldedInstanceConfig: {
      enableSecureBoot: config.secureBoot === 'Enabled',
      enableVtpm: config.virtualizedTrustedPlatformModule !== 'Disabled',
      enableIntegrityMonitoring: config.integrityMonitoring !== 'Disabled',
    },
  }
}

const technologies = {
  Enabled: undefined,
  AMDEncryptedVirtualization: 'SEV',
  AMDEncryptedVirtualizationNestedPaging: 'SEV_SNP',
  IntelTrustedDomainExtensions: 'TDX',
} as const

function confidential({ confidentialCompute }: Spec): Pick<InstanceProperties, 'confidentialInstanceConfig'> {
  if (confidentialCompute === undefined || confidentialCompute === 'Disabled') return {}
  const technology = technologies[confidentialCompute]
  return {
    confidentialInstanceConfig: {
      enableConfidentialCompute: true,
      ...(technology === undefined ? {} : { confidentialInstanceType: technology }),
    },
  }
}

const reservationTypes = { Any: 'ANY_RESERVATION', None: 'NO_RESERVATION', Specific: 'SPECIFIC_RESERVATION' } as const
const reservationKey = 'compute.googleapis.com/reservation-name'

function reservations({ reservationAffinity }: Spec): Pick<InstanceProperties, 'reservationAffinity'> {
  if (reservationAffinity === undefined) return {}
  const { type, reservations: names = [] } = reservationAffinity
  return {
    reservationAffinity: {
      consumeReservationType: reservationTypes[type],
      ...(type === 'Specific' ? { key: reservationKey, values: names.toSorted() } : {}),
    },
  }
}

/**
 * Everything that requires replacing an instance: all of the template but labels, which are tags (R15), and the content of
 * the bootstrap data, of which only the Secret's name counts (R14). PURE.
 */
export function templateRevision(pool: Pool, inputs: ResolvedInputs, bootstrap: BootstrapData | undefined): string {
  const { labels: _labels, disks = [], ...others } = instanceProperties(pool, inputs)
  const value: JsonObject = {
    ...plainJson(others),
    disks: disks.map((disk) => {
      const { labels: _diskLabels, ...parameters } = disk.initializeParams ?? {}
      return plainJson({ ...disk, initializeParams: parameters })
    }),
    bootstrap: bootstrap === undefined ? null : (bootstrap.revision ?? bootstrap.secretName),
  }
  return revision(revisionScheme, value)
}
