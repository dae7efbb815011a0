import type { Kind } from '../toolkit/kind.ts'
import { formatApiVersion, parseApiVersion, type UnknownApiObject } from '../toolkit/object.ts'
import { ConversionError, type Conversion, type ConversionContext, type ConvertOptions } from './conversion.ts'
import { knownFieldsOf } from './known-fields.ts'
import { fromStored, toStored } from './lossless.ts'

/** A kind and how each version other than the stored one is converted. */
export interface ConvertedKind {
  readonly kind: Kind
  /** By version name. A version without an entry differs from the stored one in its apiVersion only. */
  readonly versions: Readonly<Record<string, Conversion>>
}

export type Convert = (object: UnknownApiObject, toApiVersion: string, options?: ConvertOptions) => UnknownApiObject

/**
 * A function that converts objects of these kinds between their versions without loss: what a version cannot say travels
 * in an annotation and comes back when the object is converted back, unless it was changed meanwhile. Objects of other
 * kinds get the new apiVersion only. It throws `ConversionError` when the group would change, the kind does not have the
 * version, or a value has no equivalent.
 */
export function createConverter(kinds: readonly ConvertedKind[]): Convert {
  const known = new Map(kinds.map((entry) => [`${entry.kind.kind}.${entry.kind.group}`, withKnownFields(entry)]))
  return (object, toApiVersion, options = {}) => {
    if (object.apiVersion === toApiVersion) return object
    const from = parseApiVersion(object.apiVersion)
    const to = parseApiVersion(toApiVersion)
    if (from.group !== to.group) {
      throw new ConversionError('apiVersion', `cannot convert ${object.apiVersion} to another group, ${toApiVersion}`)
    }
    const entry = known.get(`${object.kind}.${from.group}`)
    if (entry === undefined) return { ...object, apiVersion: toApiVersion }
    const { storageVersion } = entry.kind
    const context = contextOf(object, options)
    const up = conversionFor(entry, from.version)
    const down = conversionFor(entry, to.version)
    const storedApiVersion = formatApiVersion(from.group, storageVersion)
    const stored =
      up === undefined ? { ...object, apiVersion: storedApiVersion } : toStored(object, storedApiVersion, up, context)
    return down === undefined
      ? { ...stored, apiVersion: toApiVersion }
      : fromStored(stored, toApiVersion, down, context)
  }
}

/** Neither direction leaves a field that the version it converts to doesn't have: a client would lose it unnoticed. */
function withKnownFields({ kind, versions }: ConvertedKind): ConvertedKind {
  const ofStored = knownFieldsOf(kind.versions[kind.storageVersion])
  const conversions = Object.entries(versions).map(([version, conversion]) => {
    const ofVersion = knownFieldsOf(kind.versions[version])
    const both: Conversion = {
      up: (body) => ofStored(conversion.up(body)),
      down: (body, context) => ofVersion(conversion.down(body, context)),
    }
    return [version, both] as const
  })
  return { kind, versions: Object.fromEntries(conversions) }
}

function conversionFor({ kind, versions }: ConvertedKind, version: string): Conversion | undefined {
  if (!Object.hasOwn(kind.versions, version)) {
    const names = Object.keys(kind.versions).join(', ')
    throw new ConversionError('apiVersion', `${kind.kind} has no version ${version}; it has ${names}`)
  }
  return version === kind.storageVersion ? undefined : versions[version]
}

function contextOf({ metadata }: UnknownApiObject, { versionOf }: ConvertOptions): ConversionContext {
  const { namespace } = metadata
  return { versionOf: versionOf ?? (() => 'v1beta1'), ...(namespace === undefined ? {} : { namespace }) }
}
