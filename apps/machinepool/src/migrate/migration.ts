import { annotations, convertManifest, type ConvertManifestOptions, type UnknownApiObject } from '@machinepool/api'
import {
  isNotFound,
  type Client,
  type KubeObject,
  type ObjectKey,
  type OwnerReference,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'

import type { ResourceFinder } from '../kubernetes/resource-finder.ts'
import { readOldObjects, type OldObject } from './old-objects.ts'

/** On a copy: the old object's apiVersion and UID. With it an interrupted migration is taken up where it stopped. */
export const migratedFrom = 'machinepool.dev/migrated-from'
/** On an old object or its copy: paused by the migration, not by its owner. */
export const pausedForMigration = 'machinepool.dev/paused-for-migration'

/** Something that the migration did, or would do. */
export interface MigrationStep {
  readonly action: 'pause' | 'create' | 'own' | 'remove' | 'resume'
  /** `MachinePool default/np (exp.cluster.x-k8s.io/v1alpha3)` */
  readonly object: string
}

/** A copy cannot be made, or is not what it should be; nothing old was removed. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

export interface MigrationOptions {
  readonly client: Client
  readonly finder: ResourceFinder
  readonly conversion: ConvertManifestOptions
  /** Absent: all. */
  readonly namespace?: string
  readonly dryRun: boolean
  readonly report: (step: MigrationStep) => void
}

interface Copy {
  readonly old: OldObject
  readonly resource: Resource
  readonly wanted: UnknownApiObject
}

/**
 * Moves live machine pools out of the `exp.*` groups: old objects are paused, copied with metadata, finalizers, owners and
 * status, and removed only after every copy was read back and compared. Old finalizers are taken off while their controllers
 * are paused, so no cloud resource is touched. Each step is safe to repeat.
 */
export async function migrate(options: MigrationOptions): Promise<void> {
  const { client, finder } = options
  const olds = await readOldObjects(client, options.namespace)
  const copies = await Promise.all(
    olds.map(async (old): Promise<Copy> => {
      const { objects } = convertManifest([old.object], options.conversion)
      const [wanted] = objects
      if (wanted === undefined) throw new MigrationError(`${describe(old.object)} has no equivalent`)
      return { old, wanted, resource: await finder.byKind(wanted.apiVersion, wanted.kind) }
    }),
  )
  for (const copy of copies) await refuseStrangers(options, copy)
  for (const { old } of copies) await pause(options, old)
  // MachinePools first: the others name them as owners.
  const inOrder = copies.toSorted(
    (a, b) => Number(b.wanted.kind === 'MachinePool') - Number(a.wanted.kind === 'MachinePool'),
  )
  const successors = new Map<string, OwnerReference>()
  for (const copy of inOrder) {
    const made = await create(options, copy, successors)
    successors.set(copy.old.object.metadata.uid ?? '', ownerOf(made))
  }
  await handOver(options, copies, successors)
  if (!options.dryRun) for (const copy of copies) await verify(options, copy)
  for (const { old } of copies) await remove(options, old)
  await resume(options, copies)
}

async function refuseStrangers({ client }: MigrationOptions, { old, resource, wanted }: Copy): Promise<void> {
  const found = await find(client, resource, keyOf(wanted))
  if (found === undefined || found.metadata.annotations?.[migratedFrom] === sourceOf(old.object)) return
  throw new MigrationError(
    `${describe(wanted)} exists already and is no copy of ${describe(old.object)}; remove one of them`,
  )
}

async function pause({ client, dryRun, report }: MigrationOptions, { object, resource }: OldObject): Promise<void> {
  if (object.metadata.annotations?.[annotations.paused] !== undefined) return
  report({ action: 'pause', object: describe(object) })
  if (dryRun) return
  const marks = { [annotations.paused]: 'true', [pausedForMigration]: 'true' }
  await client.patch(resource, keyOf(object), { type: 'merge', body: { metadata: { annotations: marks } } })
}

async function create(
  { client, dryRun, report }: MigrationOptions,
  { old, resource, wanted }: Copy,
  successors: ReadonlyMap<string, OwnerReference>,
): Promise<KubeObject> {
  const existing = await find(client, resource, keyOf(wanted))
  if (existing !== undefined) {
    // A run before may have ended between the object and its status.
    if (!dryRun && existing.status === undefined) await writeStatus(client, resource, wanted)
    return existing
  }
  report({ action: 'create', object: describe(wanted) })
  if (dryRun) return wanted
  const { status: _, ...rest } = wanted
  const { name = '', namespace, labels, annotations: kept, finalizers, ownerReferences } = old.object.metadata
  const byOwner = kept?.[annotations.paused] !== undefined && kept[pausedForMigration] === undefined
  const object = {
    ...rest,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined
        ? {}
        : {
            ownerReferences: ownerReferences.map((owner) =>
              successors.get(owner.uid) ? { ...owner, ...successors.get(owner.uid) } : owner,
            ),
          }),
      annotations: {
        ...kept,
        [annotations.paused]: kept?.[annotations.paused] ?? 'true',
        [migratedFrom]: sourceOf(old.object),
        ...(byOwner ? {} : { [pausedForMigration]: 'true' }),
      },
    },
  } as UnknownObject
  const made = await client.create(resource, object)
  await writeStatus(client, resource, wanted)
  return made
}

async function writeStatus(client: Client, resource: Resource, wanted: UnknownApiObject): Promise<void> {
  const { status } = wanted
  if (status === undefined) return
  await client.patch(resource, keyOf(wanted), { type: 'merge', body: { status } }, { subresource: 'status' })
}

/** Bootstrap configs and whatever else the old pool's references name get the copy as their owner. */
async function handOver(
  { client, finder, dryRun, report }: MigrationOptions,
  copies: readonly Copy[],
  successors: ReadonlyMap<string, OwnerReference>,
): Promise<void> {
  for (const { wanted } of copies) {
    const ref = configRefOf(wanted)
    if (ref === undefined) continue
    const kind = ref.kind.toLowerCase()
    const resource = await finder.byName(`${kind}.${ref.apiGroup}`)
    const config = await find(client, resource, { ...keyOf(wanted), name: ref.name })
    const owners = config?.metadata.ownerReferences ?? []
    if (config === undefined || !owners.some(({ uid }) => successors.has(uid))) continue
    report({ action: 'own', object: describe(config) })
    if (dryRun) continue
    const ownerReferences = owners.map((owner) => ({ ...owner, ...successors.get(owner.uid) }))
    const body = { metadata: { ownerReferences, resourceVersion: config.metadata.resourceVersion } }
    await client.patch(resource, keyOf(config), { type: 'merge', body })
  }
}

/** The copy as the server has it says everything that the old object said. */
async function verify({ client }: MigrationOptions, { old, resource, wanted }: Copy): Promise<void> {
  const found = await find(client, resource, keyOf(wanted))
  const missing = found === undefined ? 'it is not there' : difference(wanted['spec'], found.spec, 'spec')
  const finalizers = old.object.metadata.finalizers ?? []
  const lost = finalizers.filter((one) => found?.metadata.finalizers?.includes(one) !== true)
  if (missing === undefined && lost.length === 0) return
  throw new MigrationError(
    `${describe(wanted)} is not what ${describe(old.object)} says (${missing ?? `finalizers ${lost.join(', ')} are missing`}); nothing old was removed`,
  )
}

async function remove({ client, dryRun, report }: MigrationOptions, { object, resource }: OldObject): Promise<void> {
  report({ action: 'remove', object: describe(object) })
  if (dryRun) return
  const key = keyOf(object)
  try {
    if ((object.metadata.finalizers ?? []).length > 0) {
      await client.patch(resource, key, { type: 'merge', body: { metadata: { finalizers: null } } })
    }
    const { uid } = object.metadata
    await client.delete(resource, key, {
      propagationPolicy: 'Orphan',
      ...(uid !== undefined && { preconditions: { uid } }),
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Also copies of a run before, whose old objects are gone already. */
async function resume(
  { client, finder, namespace, dryRun, report }: MigrationOptions,
  copies: readonly Copy[],
): Promise<void> {
  const resources = new Map(copies.map(({ resource }) => [resource.plural, resource]))
  const pools = await finder.byName('machinepools.cluster.x-k8s.io')
  resources.set(pools.plural, pools)
  const listed = await Promise.all([...resources.values()].map((resource) => copiesOf(client, resource, namespace)))
  const ofPools = listed.flat().flatMap(({ object }) => infraRefOf(object) ?? [])
  for (const ref of ofPools) {
    const resource = await finder.byName(`${ref.kind.toLowerCase()}.${ref.apiGroup}`)
    if (!resources.has(resource.plural)) listed.push(await copiesOf(client, resource, namespace))
    resources.set(resource.plural, resource)
  }
  // The pool last: it is what the others are found by, should this be interrupted.
  const inOrder = listed
    .flat()
    .toSorted((a, b) => Number(a.object.kind === 'MachinePool') - Number(b.object.kind === 'MachinePool'))
  for (const { resource, object } of inOrder) {
    report({ action: 'resume', object: describe(object) })
    if (dryRun) continue
    const marks = { [annotations.paused]: null, [pausedForMigration]: null }
    await client.patch(resource, keyOf(object), { type: 'merge', body: { metadata: { annotations: marks } } })
  }
}

async function copiesOf(client: Client, resource: Resource, namespace: string | undefined) {
  const { items } = await client.list(resource, namespace === undefined ? {} : { namespace })
  return items
    .filter(({ metadata }) => metadata.annotations?.[migratedFrom] && metadata.annotations[pausedForMigration])
    .map((object) => ({ resource, object }))
}

async function find(client: Client, resource: Resource, key: ObjectKey): Promise<UnknownObject | undefined> {
  try {
    return await client.get(resource, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

interface Reference {
  readonly apiGroup: string
  readonly kind: string
  readonly name: string
}

interface PoolSpec {
  readonly template?: {
    readonly spec?: { readonly bootstrap?: { readonly configRef?: Reference }; readonly infrastructureRef?: Reference }
  }
}

function configRefOf(object: UnknownApiObject): Reference | undefined {
  return (object['spec'] as PoolSpec | undefined)?.template?.spec?.bootstrap?.configRef
}

function infraRefOf(object: UnknownObject): Reference | undefined {
  return (object.spec as PoolSpec | undefined)?.template?.spec?.infrastructureRef
}

function ownerOf({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '' }
}

function sourceOf({ apiVersion, metadata }: KubeObject): string {
  return `${apiVersion}/${metadata.uid}`
}

function keyOf({
  metadata,
}: {
  readonly metadata: { readonly name?: string; readonly namespace?: string }
}): ObjectKey {
  const { name = '', namespace } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

function describe({ apiVersion, kind, metadata }: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name ?? ''} (${apiVersion})`
}

/** Path of the first field of `wanted` that `found` does not say; what the server added does not matter. */
function difference(wanted: unknown, found: unknown, path: string): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, found) ? undefined : path
  if (typeof found !== 'object' || found === null) return path
  for (const [field, value] of Object.entries(wanted)) {
    const missing = difference(value, (found as Record<string, unknown>)[field], `${path}.${field}`)
    if (missing !== undefined) return missing
  }
  return undefined
}
