import { ApiError, isNotFound, type Client, type Resource, type UnknownObject } from '@machinepool/kube'

import type { ManifestObject } from '../manifest/read.ts'
import { createResourceFinder, UnknownKindError } from './resource-finder.ts'

export type ApplyOutcome = 'created' | 'configured' | 'unchanged'

export interface AppliedObject {
  readonly resource: Resource
  readonly object: UnknownObject
  readonly outcome: ApplyOutcome
}

/** Some objects of a manifest were refused; nothing was written. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** One line for each refused object, with the place in the manifest and the fields. */
  readonly refusals: readonly string[]

  constructor(refusals: readonly string[]) {
    super(refusals.join('\n'))
    this.refusals = refusals
  }
}

export interface ApplyOptions {
  readonly namespace: string
  readonly fieldManager?: string
  /** Check only. */
  readonly dryRun?: boolean
}

/**
 * Applies objects server-side, in order. All of them are checked first (dry run), so that a manifest with a mistake in
 * its last object changes nothing. An object whose namespace comes in the same manifest is checked when it is written.
 *
 * @throws {RefusedError} with every refusal, not only the first
 */
export async function applyObjects(
  client: Client,
  manifest: readonly ManifestObject[],
  options: ApplyOptions,
): Promise<AppliedObject[]> {
  const finder = createResourceFinder(client)
  const newNamespaces = new Set(
    manifest.flatMap(({ object }) => (object.kind === 'Namespace' ? (object.metadata.name ?? []) : [])),
  )
  const refusals: string[] = []
  const accepted: { resource: Resource; object: UnknownObject }[] = []
  for (const { object, source } of manifest) {
    try {
      const resource = await finder.byKind(object.apiVersion, object.kind)
      const namespaced = inNamespace(object, resource, options.namespace)
      accepted.push({ resource, object: namespaced })
      if (!newNamespaces.has(namespaced.metadata.namespace ?? '')) {
        await applyOne(client, resource, namespaced, { ...options, dryRun: true })
      }
    } catch (error) {
      refusals.push(...refusal(error, `${source}: ${object.kind} ${object.metadata.name ?? ''}`))
    }
  }
  if (refusals.length > 0) throw new RefusedError(refusals)

  const applied: AppliedObject[] = []
  for (const { resource, object } of accepted) applied.push(await applyOne(client, resource, object, options))
  return applied
}

async function applyOne(
  client: Client,
  resource: Resource,
  object: UnknownObject,
  options: ApplyOptions,
): Promise<AppliedObject> {
  const { namespace, name = '' } = object.metadata
  const key = namespace === undefined ? { name } : { namespace, name }
  const before = await client.get(resource, key).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  const after = await client.patch(
    resource,
    key,
    { type: 'apply', body: object, force: true },
    {
      fieldManager: options.fieldManager ?? 'machinepool',
      fieldValidation: 'Strict',
      dryRun: options.dryRun ?? false,
    },
  )
  const changed = before?.metadata.resourceVersion !== after.metadata.resourceVersion
  return { resource, object: after, outcome: before ? (changed ? 'configured' : 'unchanged') : 'created' }
}

function inNamespace(object: UnknownObject, resource: Resource, namespace: string): UnknownObject {
  if (!resource.namespaced || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

/** Answers that say something of the object. An unknown field of a server-side apply is a plain 500, as in Kubernetes. */
const aboutTheObject = new Set([400, 403, 404, 405, 409, 413, 415, 422, 500])

/** One line for each field the server names, else its message; anything but a refusal goes on as it is. */
function refusal(error: unknown, place: string): string[] {
  if (error instanceof UnknownKindError) return [`${place}: ${error.message}`]
  if (!(error instanceof ApiError) || !aboutTheObject.has(error.code)) throw error
  const causes = (error.status.details?.causes ?? []).filter(({ field }) => field !== undefined && field !== '')
  if (causes.length === 0) return [`${place}: ${error.message}`]
  return causes.map(({ field, message }) => `${place}: ${field}: ${message ?? 'invalid'}`)
}
