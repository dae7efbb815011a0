import { annotations } from '../names.ts'
import { deepEqual, isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import type { UnknownApiObject } from '../toolkit/object.ts'
import type { Body, Conversion, ConversionContext } from './conversion.ts'
import { correct, corrections, type Correction } from './overlay.ts'
import { dropZeroes, isZero, restoreFalse, saysNothing } from './zeroes.ts'

// A conversion between versions may lose something in either direction. Going down, the stored object itself is put into
// the annotation that upstream uses for the purpose, so that either implementation can restore it. Going up, the stored
// object gets an annotation with the few values that the stored version cannot hold.

/** On stored objects: values of an older version that the stored one has no field for. */
export const spokeData = 'conversion.machinepool.dev/v1beta1-values'

/** Converts to the stored version and restores what an earlier conversion from it had to leave out. */
export function toStored(
  object: UnknownApiObject,
  apiVersion: string,
  conversion: Conversion,
  context: ConversionContext,
): UnknownApiObject {
  const { metadata, values } = takeAnnotation(object, annotations.conversionData)
  const spoke = bodyOf(object)
  const stored = asJson(conversion.up(spoke))
  const kept = parseBody(values)
  if (kept !== undefined) {
    const seen = asJson(conversion.up(conversion.down(kept, context)))
    correct(stored, corrections(seen, asJson(kept)))
    restoreFalse(stored, kept)
    dropZeroes(stored['status'], kept.status)
    if (kept.status === undefined && isZero(stored['status'])) delete stored['status']
  }
  const lost = corrections(asJson(conversion.down(stored, context)), asJson(spoke)).filter(
    ({ path, to }) => !saysNothing(path, to),
  )
  return rebuild(object, apiVersion, stored, lost.length === 0 ? metadata : annotate(metadata, spokeData, lost))
}

/** Converts from the stored version, keeping in an annotation what the other version cannot say. */
export function fromStored(
  object: UnknownApiObject,
  apiVersion: string,
  conversion: Conversion,
  context: ConversionContext,
): UnknownApiObject {
  const { metadata, values } = takeAnnotation(object, spokeData)
  const stored = bodyOf(object)
  const spoke = asJson(conversion.down(stored, context))
  correct(spoke, parseCorrections(values))
  const complete = deepEqual(asJson(conversion.up(spoke)), asJson(stored))
  return rebuild(
    object,
    apiVersion,
    spoke,
    complete ? metadata : annotate(metadata, annotations.conversionData, asJson(stored)),
  )
}

function bodyOf(object: UnknownApiObject): Body {
  const { spec, status } = object
  return { ...(isJsonObject(spec) ? { spec } : {}), ...(isJsonObject(status) ? { status } : {}) }
}

function asJson(body: Body): JsonObject {
  return structuredClone({ ...body })
}

function rebuild(
  object: UnknownApiObject,
  apiVersion: string,
  body: JsonObject,
  metadata: UnknownApiObject['metadata'],
): UnknownApiObject {
  const rest = { ...object }
  // What is no object cannot be converted; it stays for the schema to refuse.
  if (isJsonObject(rest['spec'])) delete rest['spec']
  if (isJsonObject(rest['status'])) delete rest['status']
  return { ...rest, apiVersion, metadata, ...body }
}

function annotate(metadata: UnknownApiObject['metadata'], key: string, value: unknown): UnknownApiObject['metadata'] {
  return { ...metadata, annotations: { ...metadata.annotations, [key]: JSON.stringify(value) } }
}

function takeAnnotation(
  { metadata }: UnknownApiObject,
  key: string,
): { metadata: UnknownApiObject['metadata']; values: unknown } {
  const text = metadata.annotations?.[key]
  if (text === undefined) return { metadata, values: undefined }
  const { [key]: _, ...others } = metadata.annotations ?? {}
  const { annotations: _annotations, ...rest } = metadata
  return {
    metadata: Object.keys(others).length > 0 ? { ...rest, annotations: others } : rest,
    values: parseJson(text),
  }
}

/** Anyone can edit annotations: what cannot be read counts as absent. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseBody(values: unknown): Body | undefined {
  if (!isJsonObject(values)) return undefined
  const { spec, status } = values
  return { ...(isJsonObject(spec) ? { spec } : {}), ...(isJsonObject(status) ? { status } : {}) }
}

function parseCorrections(values: unknown): Correction[] {
  return Array.isArray(values) ? values.filter(isCorrection) : []
}

function isCorrection(value: unknown): value is Correction {
  return isJsonObject(value) && Array.isArray(value['path']) && value['path'].every((key) => typeof key === 'string')
}
