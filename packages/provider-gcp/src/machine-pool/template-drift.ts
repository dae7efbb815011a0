import { canonicalJson, type FieldChange, type JsonObject, type JsonValue } from '@machinepool/contract'
import { isObject, plainJson, textAt } from '@machinepool/provider-kit'

import type { TemplateView } from './group-view.ts'
import { instanceProperties, userDataKey } from './instance-template.ts'
import { resourcePath } from './names.ts'
import type { GcpDesired } from './plan.ts'
import { readInputs } from './resolved-inputs.ts'

/** The user's word for each part of the template that replaces instances when it changes. */
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
  resourceManagerTags: 'spec.resourceManagerTags',
  resourcePolicies: 'spec.resourcePolicies',
  reservationAffinity: 'spec.reservationAffinity',
} as const

/** Differences between a live template and what is wanted, whoever made it, on the fields we set. PURE. */
export function templateDrift(desired: GcpDesired, live: TemplateView): readonly FieldChange[] {
  const inputs = readInputs(desired.resolved)
  const wanted = plainJson(instanceProperties(desired.pool, inputs))
  const found = plainJson(live.properties ?? {})
  // Upstream refers to the family where we refer to the image that it leads to.
  const sameImage = new Set([inputs.image, inputs.family].filter((image) => image !== undefined))
  const openSize = desired.pool.spec.rootDeviceSize === undefined
  const changes: FieldChange[] = []
  for (const [member, field] of Object.entries(fieldOf)) {
    const to = normal(member, wanted[member], sameImage, openSize)
    const from = project(normal(member, found[member], sameImage, openSize), to)
    if (canonicalJson(from ?? null) === canonicalJson(to ?? null)) continue
    changes.push({ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  }
  return changes
}

/** References without hosts, lists without order where it means nothing, and nothing that is off anyway. */
function normal(
  member: string,
  value: JsonValue | undefined,
  sameImage: ReadonlySet<string>,
  openSize: boolean,
): JsonValue | undefined {
  const clean = cleaned(value)
  if (member === 'tags' && isObject(clean)) return { items: sortedTexts(clean['items']) }
  if (member === 'metadata' && isObject(clean)) return metadata(clean)
  if (member === 'disks' && Array.isArray(clean)) {
    return clean.map((disk, index) => disk0(disk, index, sameImage, openSize))
  }
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

function disk0(disk: JsonValue, index: number, sameImage: ReadonlySet<string>, openSize: boolean): JsonValue {
  if (!isObject(disk)) return disk
  const parameters = isObject(disk['initializeParams']) ? disk['initializeParams'] : {}
  const { labels: _labels, sourceImage, diskSizeGb, ...others } = parameters
  const image = resourcePath(typeof sourceImage === 'string' ? sourceImage : '')
  const [first = image] = sameImage
  return {
    ...disk,
    initializeParams: {
      ...others,
      ...(image === '' ? {} : { sourceImage: sameImage.has(image) ? first : image }),
      // Upstream leaves the size to the image where the spec says nothing.
      ...(index === 0 && openSize ? {} : { diskSizeGb }),
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
  if (Array.isArray(value)) return value.map((item) => cleaned(item) ?? null)
  if (!isObject(value)) return value
  const entries = Object.entries(value)
    .map(([key, item]): [string, JsonValue | undefined] => [key, cleaned(item)])
    .filter(([, item]) => item !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Only what we set is compared: Google fills in the rest. */
function project(live: JsonValue | undefined, wanted: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(live) && Array.isArray(wanted)) {
    return live.map((item, index) => (index < wanted.length ? (project(item, wanted[index]) ?? null) : item))
  }
  if (!isObject(live)) return live
  if (!isObject(wanted)) return live
  return Object.fromEntries(
    Object.keys(live)
      .filter((key) => key in wanted)
      .map((key) => [key, project(live[key], wanted[key])]),
  )
}
