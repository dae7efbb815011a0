import {
  apiVersionOf,
  ConversionError,
  convertManifest,
  unknownFieldNote,
  unknownFields,
  type Kind,
  type UnknownApiObject,
} from '@machinepool/api'
import { isDeepStrictEqual } from 'node:util'

import { stringify } from 'yaml'

import type { KindRules } from '../clouds/cloud.ts'
import { clouds } from '../clouds/clouds.ts'
import { UsageError, type Context } from '../context.ts'
import { kindsByProvider } from '../kinds.ts'
import { readManifests } from '../manifest/read.ts'

export interface ConvertOptions {
  readonly filename: readonly string[]
}

/**
 * `machinepool convert -f FILE`: old manifests as they would be written today, on standard output; what was changed or
 * left out on standard error. `${VAR}` expressions stay as they are, and so does a document with nothing to convert, to the
 * letter.
 */
export async function convert(options: ConvertOptions, context: Context): Promise<number> {
  const manifest = await readManifests(options.filename, { stdin: context.stdin })
  for (const { object, source, text } of manifest) {
    try {
      const { objects, notes } = convertManifest([object], { versionOf, convertInfrastructure })
      const [converted] = objects
      const unchanged = text !== undefined && isDeepStrictEqual(converted, object)
      context.out.write(unchanged ? withMarker(text) : `---\n${stringify(converted, yaml)}`)
      for (const { message } of notes) context.err.write(`${source}: ${message}\n`)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      throw new UsageError(`${source}: ${error.message}`, { cause: error })
    }
  }
  return 0
}

/** kubectl reads YAML 1.1: text such as `yes` has to be quoted. */
const yaml = { version: '1.1', lineWidth: 0 } as const

function withMarker(text: string): string {
  const marked = /^---(\s|$)/m.test(text) ? text : `---\n${text}`
  return marked.endsWith('\n') ? marked : `${marked}\n`
}

/** Kinds that this program knows are written in the version it stores, others in v1beta1. */
export function versionOf(group: string, kind: string): string {
  return knownKind(group, kind)?.storageVersion ?? 'v1beta1'
}

function knownKind(group: string, kind: string): Kind | undefined {
  return Object.values(kindsByProvider)
    .flat()
    .find((known) => known.group === group && known.kind === kind)
}

function rulesOf(kind: Kind): KindRules {
  const cloud = clouds.find(({ kinds }) => kinds.includes(kind))
  return cloud?.hooks ?? { admit: (request) => ({ object: request.object, warnings: [] }), convert: (object) => object }
}

/** Group and version are current already; the fields may still be those of v1beta1. */
export function convertInfrastructure(
  object: UnknownApiObject,
  apiVersion: string,
): {
  object: UnknownApiObject
  notes: readonly string[]
} {
  const [group = ''] = object.apiVersion.split('/')
  const kind = knownKind(group, object.kind)
  if (!kind) return { object, notes: [`${object.kind} is not known here: only its group and version were changed`] }
  if (apiVersion === apiVersionOf(kind)) {
    const unknown = unknownFieldsOf(object, kind, kind.storageVersion)
    return { object, notes: unknown.map((field) => `${field} is not known; an API server would drop it`) }
  }
  // The oldest version that is known here; fields that went before it are named.
  const older = { ...object, apiVersion: `${group}/v1beta1` }
  return {
    object: rulesOf(kind).convert(older, apiVersionOf(kind)),
    notes: unknownFieldsOf(older, kind, 'v1beta1').map(unknownFieldNote),
  }
}

function unknownFieldsOf(object: UnknownApiObject, kind: Kind, version: string): string[] {
  const schema = kind.versions[version] ?? kind.versions[kind.storageVersion]
  return schema === undefined ? [] : unknownFields(schema, object)
}
