import { apiVersionOf, ConversionError, convertManifest, type Kind, type UnknownApiObject } from '@machinepool/api'
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
 * left out on standard error. `${VAR}` expressions stay as they are.
 */
export async function convert(options: ConvertOptions, context: Context): Promise<number> {
  const manifest = await readManifests(options.filename, { stdin: context.stdin })
  for (const { object, source } of manifest) {
    try {
      const { objects, notes } = convertManifest([object], { versionOf, convertInfrastructure })
      for (const converted of objects) context.out.write(`---\n${stringify(converted, { lineWidth: 0 })}`)
      for (const { message } of notes) context.err.write(`${source}: ${message}\n`)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      throw new UsageError(`${source}: ${error.field}: ${error.message}`, { cause: error })
    }
  }
  return 0
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
export function convertInfrastructure(object: UnknownApiObject): {
  object: UnknownApiObject
  notes: readonly string[]
} {
  const [group = ''] = object.apiVersion.split('/')
  const kind = knownKind(group, object.kind)
  if (!kind) return { object, notes: [`${object.kind} is not known here: only its group and version were changed`] }
  return { object: rulesOf(kind).convert({ ...object, apiVersion: `${group}/v1beta1` }, apiVersionOf(kind)), notes: [] }
}
