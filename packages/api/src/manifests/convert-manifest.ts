import { unknownFields } from '../conversion/known-fields.ts'
import { convert } from '../conversion/registry.ts'
import { spokeData } from '../conversion/lossless.ts'
import { coreKinds } from '../kinds/core-kinds.ts'
import { bootstrapGroup, clusterGroup, infrastructureGroup } from '../kinds/group.ts'
import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import { formatApiVersion, parseApiVersion, type UnknownApiObject } from '../toolkit/object.ts'
import { dropOldFields } from './old-fields.ts'

/** Something that a conversion did to an object and that its author may want to know. */
export interface ManifestNote {
  /** `MachinePool default/np`. */
  readonly object: string
  readonly message: string
}

export interface ConvertManifestOptions {
  /** The version to use for an object or reference of another group than Cluster API's core. Default `v1beta1`. */
  readonly versionOf?: (group: string, kind: string) => string
  /** Brings the fields of a provider's object up to date, after its group and version were; they were `apiVersion` before. */
  readonly convertInfrastructure?: (
    object: UnknownApiObject,
    apiVersion: string,
  ) => { object: UnknownApiObject; notes: readonly string[] }
}

export interface ConvertedManifest {
  readonly objects: UnknownApiObject[]
  readonly notes: ManifestNote[]
}

/** Groups that were merged into others when machine pools left the experimental stage. */
const renamedGroups: Readonly<Record<string, string>> = {
  'exp.cluster.x-k8s.io': clusterGroup,
  'exp.infrastructure.cluster.x-k8s.io': infrastructureGroup,
}

const coreGroups: ReadonlySet<string> = new Set([clusterGroup, bootstrapGroup])
const currentVersion = 'v1beta2'

/**
 * Objects as they would be written today: old groups renamed (`exp.*`), versions v1alpha3, v1alpha4 and v1beta1 brought to
 * the current one, references likewise, fields that are gone left out with a note. Objects of other APIs are returned
 * unchanged. Throws `ConversionError` when a value has no equivalent.
 */
export function convertManifest(
  objects: readonly UnknownApiObject[],
  options: ConvertManifestOptions = {},
): ConvertedManifest {
  const results = objects.map((object) => convertOne(object, options))
  return { objects: results.map(({ object }) => object), notes: results.flatMap(({ notes }) => notes) }
}

function convertOne(
  original: UnknownApiObject,
  options: ConvertManifestOptions,
): { object: UnknownApiObject; notes: ManifestNote[] } {
  const apiVersion = currentApiVersion(original.apiVersion, original.kind, options)
  if (apiVersion === undefined) return { object: original, notes: [] }
  const notes: string[] = []
  const { group } = parseApiVersion(apiVersion)
  // Taken as v1beta1, whose conversion then does the rest.
  const asCore = coreGroups.has(group) && parseApiVersion(original.apiVersion).version !== currentVersion
  const renamed: UnknownApiObject = {
    ...structuredClone(original),
    apiVersion: asCore ? formatApiVersion(group, 'v1beta1') : apiVersion,
  }
  updateReferences(renamed, options)
  if (asCore) {
    notes.push(...dropOldFields(renamed).map((field) => `${field} is gone and was left out`))
    notes.push(...unknownCoreFields(renamed).map(unknownFieldNote))
  }
  let object = asCore ? convert(renamed, apiVersion) : renamed
  if (group === infrastructureGroup && options.convertInfrastructure !== undefined) {
    const converted = options.convertInfrastructure(object, original.apiVersion)
    object = converted.object
    notes.push(...converted.notes)
  }
  // What conversions keep for the way back is of no use in a manifest.
  object = withoutAnnotation(object, spokeData)
  if (object.apiVersion !== original.apiVersion) notes.unshift(`${original.apiVersion} is now ${object.apiVersion}`)
  const name = [original.metadata.namespace, original.metadata.name].filter((part) => part !== undefined).join('/')
  return { object, notes: notes.map((message) => ({ object: `${original.kind} ${name}`, message })) }
}

/** Says that an object has a field that its version does not know. */
export function unknownFieldNote(field: string): string {
  return `${field} is not known and was left out`
}

function unknownCoreFields(object: UnknownApiObject): string[] {
  const { group, version } = parseApiVersion(object.apiVersion)
  const kind = coreKinds.find((known) => known.group === group && known.kind === object.kind)
  const definition = kind?.versions[version]
  return definition === undefined ? [] : unknownFields(definition, object)
}

/** The apiVersion that stands for an old one; undefined when the group is none of Cluster API's. */
function currentApiVersion(apiVersion: string, kind: string, options: ConvertManifestOptions): string | undefined {
  const { group, version } = parseApiVersion(apiVersion)
  const renamed = renamedGroups[group] ?? group
  if (coreGroups.has(renamed)) return formatApiVersion(renamed, currentVersion)
  if (renamed !== infrastructureGroup && !renamed.endsWith(`.${clusterGroup}`)) return undefined
  const old = renamed !== group || /^v1alpha\d+$/.test(version)
  return formatApiVersion(renamed, old ? (options.versionOf?.(renamed, kind) ?? 'v1beta1') : version)
}

/** Changes every reference below an object in place. Only what looks like a reference is touched: apiVersion and kind. */
function updateReferences(value: unknown, options: ConvertManifestOptions): void {
  const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
  for (const child of children) {
    if (isJsonObject(child)) updateReference(child, options)
    updateReferences(child, options)
  }
}

function updateReference(reference: JsonObject, options: ConvertManifestOptions): void {
  const { apiVersion, kind, name } = reference
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return
  reference['apiVersion'] = currentApiVersion(apiVersion, kind, options) ?? apiVersion
}

function withoutAnnotation(object: UnknownApiObject, key: string): UnknownApiObject {
  if (object.metadata.annotations?.[key] === undefined) return object
  const { [key]: _, ...others } = object.metadata.annotations
  const { annotations: _annotations, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(others).length > 0 ? { ...metadata, annotations: others } : metadata }
}
