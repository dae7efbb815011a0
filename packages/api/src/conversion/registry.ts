import { clusterKind } from '../kinds/cluster.ts'
import { kubeadmConfigKind } from '../kinds/kubeadm-config.ts'
import { machineKind } from '../kinds/machine.ts'
import { machinePoolKind } from '../kinds/machine-pool.ts'
import type { Kind } from '../toolkit/kind.ts'
import { parseApiVersion, type UnknownApiObject } from '../toolkit/object.ts'
import { clusterConversion } from './cluster.ts'
import { ConversionError, type Conversion, type ConvertOptions } from './conversion.ts'
import { kubeadmConfigConversion } from './kubeadm-config.ts'
import { machineConversion } from './machine.ts'
import { machinePoolConversion } from './machine-pool.ts'
import { fromStored, toStored } from './lossless.ts'

interface Entry {
  readonly stored: string
  /** By the name of the other version. */
  readonly others: Readonly<Record<string, Conversion>>
}

const registry: ReadonlyMap<string, Entry> = new Map([
  entry(machinePoolKind, { v1beta1: machinePoolConversion }),
  entry(machineKind, { v1beta1: machineConversion }),
  entry(clusterKind, { v1beta1: clusterConversion }),
  entry(kubeadmConfigKind, { v1beta1: kubeadmConfigConversion }),
])

/**
 * The same object in another version of its kind. Nothing is lost: what the other version cannot say travels in an
 * annotation and comes back when the object is converted back, unless it was changed meanwhile.
 *
 * Kinds without a conversion of their own get the new apiVersion only. Throws `ConversionError` when the group would
 * change, the version is unknown, or a value has no equivalent.
 */
export function convert(
  object: UnknownApiObject,
  toApiVersion: string,
  options: ConvertOptions = {},
): UnknownApiObject {
  if (object.apiVersion === toApiVersion) return object
  const from = parseApiVersion(object.apiVersion)
  const to = parseApiVersion(toApiVersion)
  if (from.group !== to.group) {
    throw new ConversionError('apiVersion', `cannot convert ${object.apiVersion} to another group, ${toApiVersion}`)
  }
  const found = registry.get(`${object.kind}.${from.group}`)
  if (found === undefined) return { ...object, apiVersion: toApiVersion }
  const { namespace } = object.metadata
  const context = {
    versionOf: options.versionOf ?? (() => 'v1beta1'),
    ...(namespace === undefined ? {} : { namespace }),
  }
  const storedApiVersion = `${from.group}/${found.stored}`
  const stored =
    from.version === found.stored
      ? object
      : toStored(object, storedApiVersion, conversionFor(object.kind, found, from.version), context)
  return to.version === found.stored
    ? stored
    : fromStored(stored, toApiVersion, conversionFor(object.kind, found, to.version), context)
}

function conversionFor(kind: string, { stored, others }: Entry, version: string): Conversion {
  const conversion = others[version]
  if (conversion === undefined) {
    const known = [stored, ...Object.keys(others)].join(', ')
    throw new ConversionError('apiVersion', `${kind} has no version ${version}; it has ${known}`)
  }
  return conversion
}

function entry(kind: Kind, others: Readonly<Record<string, Conversion>>): [string, Entry] {
  return [`${kind.kind}.${kind.group}`, { stored: kind.storageVersion, others }]
}
