import { canonicalJson, type FieldChange, type JsonObject, type JsonValue } from '@machinepool/contract'
import { isObject, plainJson, textAt } from '@machinepool/provider-kit'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import type { TemplateView } from './group-view.ts'
import { instanceProperties, userDataKey } from './instance-template.ts'
import { resourcePath } from './names.ts'
import type { GcpDesired } from './pool-state.ts'
import { readInputs, type ResolvedInputs } from './resolved-inputs.ts'

/**
 * The user's word for each part of the template that replaces instances when it changes. Google does not give Resource
 * Manager tags back, so they cannot be compared.
 */
const fieldOf = {
  machineType: 'spec.instanceType',
  canIpForward: 'spec.ipForwarding',
  tags: 'spec.additionalNetworkTags',
  metadata: 'spec.additionalMetadata',
  networkInterfaces: 'spec.subnet',
  disks: 'spec.rootDevice',
  serviceAccounts: 'spec.serviceAccounts',
  scheduling: 'spec.provisioningModel',
  guestAccelerators: 'spec.guestAccelerators',
  shieldedInstanceConfig: 'spec.shieldedInstanceConfig',
  confidentialInstanceConfig: 'spec.confidentialCompute',
  resourcePolicies: 'spec.resourcePolicies',
  reservationAffinity: 'spec.reservationAffinity',
} as const

/** Differences between a live template and what is wanted, whoever made it, on the fields we set. PURE. */
export function templateDrift(desired: GcpDesired, live: TemplateView): readonly FieldChange[] {
  const inputs = readInputs(desired.resolved)
  const wanted = plainJson(instanceProperties(desired.pool, inputs))
  const found = plainJson(live.properties ?? {})
  const given = givenBy(desired.pool.spec, inputs)
  const changes: FieldChange[] = []
  for (const [member, field] of Object.entries(fieldOf)) {
    const to = normal(member, wanted[member], given)
    const from = project(normal(member, found[member], given), to)
    if (canonicalJson(from ?? null) === canonicalJson(to ?? null)) continue
    changes.push({ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  }
  return changes
}

/** What a difference is judged by, beside the two templates. */
interface Given {
  /** Upstream refers to the family where we refer to the image that it leads to. */
  readonly sameImage: ReadonlySet<string>
  /** The spec leaves the size of the boot disk open. */
  readonly openSize: boolean
  /** Disks whose key is wrapped: Google shows a hash of what is inside, which we cannot know. */
  readonly wrappedKeys: ReadonlySet<number>
}

function givenBy(spec: GCPMachinePoolSpec, { image, family }: ResolvedInputs): Given {
  const keys = [spec.rootDiskEncryptionKey, ...(spec.additionalDisks ?? []).map(({ encryptionKey }) => encryptionKey)]
  return {
    sameImage: new Set([image, family].filter((one) => one !== undefined)),
    openSize: spec.rootDeviceSize === undefined,
    wrappedKeys: new Set(
      keys.flatMap((key, index) => (key?.suppliedKey?.rsaEncryptedKey === undefined ? [] : [index])),
    ),
  }
}

/** References without hosts, lists without order where it means nothing, and nothing that is off anyway. */
function normal(member: string, value: JsonValue | undefined, given: Given): JsonValue | undefined {
  const clean = cleaned(value)
  if (member === 'tags' && isObject(clean)) return { items: sortedTexts(clean['items']) }
  if (member === 'metadata' && isObject(clean)) return metadata(clean)
  if (member === 'disks' && Array.isArray(clean)) {
    return clean.map((disk, index) => normalDisk(disk, index, given))
  }
  if (member === 'scheduling' && isObject(clean))
    return withoutDefaults(scheduling(clean), serverDefaults[member] ?? {})
  if (isObject(clean)) return withoutDefaults(clean, serverDefaults[member] ?? {})
  if (member === 'serviceAccounts' && Array.isArray(clean)) {
    return clean.filter(isObject).map((account) => ({ ...account, scopes: sortedTexts(account['scopes']) }))
  }
  return clean
}

/** What Google writes where nobody said anything; it says no more than its absence. */
const serverDefaults: Readonly<Record<string, JsonObject>> = {
  scheduling: { automaticRestart: true, onHostMaintenance: 'MIGRATE', provisioningModel: 'STANDARD' },
  reservationAffinity: { consumeReservationType: 'ANY_RESERVATION' },
}

function withoutDefaults(value: JsonObject, defaults: JsonObject): JsonObject | undefined {
  const entries = Object.entries(value).filter(([key, item]) => defaults[key] === undefined || defaults[key] !== item)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function metadata(value: JsonObject): JsonValue | undefined {
  const items = Array.isArray(value['items']) ? value['items'].filter(isObject) : []
  const others = items.filter(({ key }) => key !== userDataKey)
  return others.length === 0
    ? undefined
    : { items: others.toSorted((a, b) => ((textAt(a, 'key') ?? '') < (textAt(b, 'key') ?? '') ? -1 : 1)) }
}

/** Google says of a spot instance that it is preemptible too. */
function scheduling({ preemptible, ...others }: JsonObject): JsonObject {
  return preemptible === undefined || others['provisioningModel'] === 'SPOT' ? others : { ...others, preemptible }
}

function normalDisk(disk: JsonValue, index: number, { sameImage, openSize, wrappedKeys }: Given): JsonValue {
  if (!isObject(disk)) return disk
  const parameters = isObject(disk['initializeParams']) ? disk['initializeParams'] : {}
  const { labels: _labels, resourceManagerTags: _tags, sourceImage, diskSizeGb, ...others } = parameters
  const image = resourcePath(typeof sourceImage === 'string' ? sourceImage : '')
  const [first = image] = sameImage
  return {
    ...disk,
    ...encryption(disk['diskEncryptionKey'], wrappedKeys.has(index)),
    initializeParams: {
      ...others,
      ...(image === '' ? {} : { sourceImage: sameImage.has(image) ? first : image }),
      // Upstream leaves the size to the image where the spec says nothing.
      ...(index === 0 && openSize ? {} : { diskSizeGb }),
    },
  }
}

/** Google names the version of a key that is used now, which is nobody's wish. */
function encryption(key: JsonValue | undefined, isWrapped: boolean): JsonObject {
  if (!isObject(key)) return {}
  const { kmsKeyName, sha256, ...others } = key
  const name = typeof kmsKeyName === 'string' ? kmsKeyName.replace(/\/cryptoKeyVersions\/[^/]+$/, '') : undefined
  return {
    diskEncryptionKey: {
      ...others,
      ...(name === undefined ? {} : { kmsKeyName: name }),
      ...(sha256 === undefined || isWrapped ? {} : { sha256 }),
    },
  }
}

function sortedTexts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').toSorted() : []
}

/** Without what is absent, false or empty, and with references as paths. */
function cleaned(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return value.includes('projects/') ? resourcePath(value) : value
  if (value === undefined || value === null || value === false) return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => cleaned(item) ?? null)
  if (!isObject(value)) return value
  const entries = Object.entries(value)
    .map(([key, item]): [string, JsonValue | undefined] => [key, cleaned(item)])
    .filter(([, item]) => item !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** What we do not set but for a reason: there without our wish, it is a difference. */
const neverByDefault: ReadonlySet<string> = new Set([
  'accessConfigs',
  'preemptible',
  'diskEncryptionKey',
  'enableSecureBoot',
  'enableVtpm',
  'enableIntegrityMonitoring',
])

/** Only what we set is compared: Google fills in the rest. */
function project(live: JsonValue | undefined, wanted: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(live) && Array.isArray(wanted)) {
    return live.map((item, index) => (index < wanted.length ? (project(item, wanted[index]) ?? null) : item))
  }
  if (!isObject(live)) return live
  if (!isObject(wanted)) return live
  return Object.fromEntries(
    Object.keys(live)
      .filter((key) => key in wanted || neverByDefault.has(key))
      .map((key) => [key, project(live[key], wanted[key])]),
  )
}
