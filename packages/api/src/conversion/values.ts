import { formatDuration, parseDuration } from '../toolkit/duration.ts'
import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import { formatApiVersion, parseApiVersion } from '../toolkit/object.ts'
import { ConversionError, type ConversionContext } from './conversion.ts'
import type { Mapping } from './mapping.ts'

// Values that v1beta1 and v1beta2 write differently.

/** `10s` <-> 10. */
export function durationMapping(spoke: string, hub: string): Mapping {
  return { spoke, hub, up: durationToSeconds, down: secondsToDuration }
}

export function durationToSeconds(value: unknown, path: string): number {
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined
  if (seconds === undefined) {
    throw new ConversionError(path, `must be a duration such as 10m or 1h30m, not ${JSON.stringify(value)}`)
  }
  // Seconds are whole in v1beta2; upstream cuts off the rest.
  return Math.trunc(seconds)
}

export function secondsToDuration(value: unknown): unknown {
  return typeof value === 'number' ? formatDuration(value) : value
}

/** Full object reference <-> group, kind and name. */
export function referenceMapping(path: string): Mapping {
  return { spoke: path, hub: path, up: referenceUp, down: referenceDown }
}

function referenceUp(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const { apiVersion, kind, name } = value
  // An empty reference is how v1beta1 spells none, where the field itself is required.
  if (apiVersion === undefined && kind === undefined && name === undefined) return undefined
  return {
    ...(typeof apiVersion === 'string' ? { apiGroup: parseApiVersion(apiVersion).group } : {}),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
  }
}

function referenceDown(value: unknown, { versionOf, namespace }: ConversionContext): unknown {
  if (!isJsonObject(value)) return value
  const { apiGroup, kind, name } = value
  return {
    ...(typeof apiGroup === 'string' && typeof kind === 'string'
      ? { apiVersion: formatApiVersion(apiGroup, versionOf(apiGroup, kind)) }
      : {}),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

/** Arguments as a map <-> as a list; the list is sorted by name, because a map has no order. */
export function argumentsMapping(path: string): Mapping {
  return { spoke: path, hub: path, up: argumentsToList, down: argumentsToMap }
}

function argumentsToList(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const names = Object.keys(value).toSorted()
  return names.length === 0 ? undefined : names.map((name) => ({ name, value: value[name] }))
}

function argumentsToMap(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return Object.fromEntries(
    value.filter(isJsonObject).map((argument: JsonObject) => [String(argument['name']), argument['value']]),
  )
}

/** Conditions and failures, whose place in the status moved in every kind. */
export const conditionMappings: readonly Mapping[] = [
  { spoke: 'status.conditions', hub: 'status.deprecated.v1beta1.conditions' },
  { spoke: 'status.v1beta2.conditions', hub: 'status.conditions' },
  { spoke: 'status.failureReason', hub: 'status.deprecated.v1beta1.failureReason' },
  { spoke: 'status.failureMessage', hub: 'status.deprecated.v1beta1.failureMessage' },
]

/** v1beta1 cannot tell `false` from nothing; what was false on purpose comes back from the annotation. */
export function flagMapping(spoke: string, hub: string): Mapping {
  return { spoke, hub, up: (value) => (value === false ? undefined : value) }
}

/** The fields of a Machine's spec, which stands alone or in a template. */
export function machineSpecMappings(path: string): readonly Mapping[] {
  return [
    referenceMapping(`${path}.bootstrap.configRef`),
    referenceMapping(`${path}.infrastructureRef`),
    ...['nodeDrainTimeout', 'nodeVolumeDetachTimeout', 'nodeDeletionTimeout'].map((field) =>
      durationMapping(`${path}.${field}`, `${path}.deletion.${field}Seconds`),
    ),
  ]
}

/** Leaves out lists and objects that v1beta2 forbids to be empty. */
export function dropEmpty(parent: JsonObject | undefined, ...fields: string[]): void {
  for (const field of fields) {
    const value = parent?.[field]
    const empty = Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0
    if (empty) delete parent?.[field]
  }
}
