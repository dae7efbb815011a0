import { annotations, type ConvertManifestOptions, type UnknownApiObject } from '@machinepool/api'
import {
  isNotFound,
  type Client,
  type KubeObject,
  type ObjectKey,
  type OwnerReference,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'

import { UnknownKindError, type ResourceFinder } from '../kubernetes/resource-finder.ts'
import { convertedObject, copyToCreate } from './copy.ts'
import { handOver, readDependents } from './dependents.ts'
import { difference, statusDifference } from './difference.ts'
import { migratedFrom, pausedForMigration, sourceOf } from './marks.ts'
import { readOldObjects, type OldObject } from './old-objects.ts'

/** Something that the migration did, or would do. */
export interface MigrationStep {
  /** `skip`: an object of the old groups that this server has no newer kind for, and that no pool needs; it stays as it is. */
  readonly action: 'skip' | 'pause' | 'create' | 'own' | 'remove' | 'resume'
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
 * status, and removed only after every copy was read back and compared. What they own is handed over to the copies. Old
 * finalizers are taken off while their controllers are paused, so no cloud resource is touched. Each step is safe to repeat.
 */
export async function migrate(options: MigrationOptions): Promise<void> {
  const { client, finder } = options
  const olds = await readOldObjects(client, finder, options.namespace)
  const planned = await Promise.all(olds.map((old) => planCopy(options, old)))
  const copies = planned.filter((copy) => copy !== undefined).toSorted((a, b) => rank(a) - rank(b))
  for (const copy of copies) await refuse(options, copy)
  for (const { old } of copies) await pause(options, old)
  const successors = new Map<string, OwnerReference>()
  for (const copy of copies) {
    const made = await create(options, copy, successors)
    successors.set(copy.old.object.metadata.uid ?? '', ownerOf(made))
  }
  await handOverDependents(options, copies, successors)
  if (!options.dryRun) for (const copy of copies) await verify(options, copy)
  for (const { old } of copies) await remove(options, old)
  await resume(options, copies)
}

/** Undefined for kinds that have no successor on this server and need none. */
async function planCopy({ finder, conversion, report }: MigrationOptions, old: OldObject): Promise<Copy | undefined> {
  const wanted = convertedObject(old.object, conversion)
  try {
    return { old, wanted, resource: await finder.byKind(wanted.apiVersion, wanted.kind) }
  } catch (error) {
    if (!(error instanceof UnknownKindError) || isOfPool(wanted.kind)) throw error
    report({ action: 'skip', object: describe(old.object) })
    return undefined
  }
}

function isOfPool(kind: string): boolean {
  return /MachinePool(Machine)?$/.test(kind)
}

/** Owners first: MachinePools, then what they name, then the machines of that. */
function rank({ wanted: { kind } }: Copy): number {
  if (kind === 'MachinePool') return 0
  return kind.endsWith('MachinePool') ? 1 : 2
}

/** Stops before anything is written when an object cannot be migrated. */
async function refuse({ client }: MigrationOptions, { old, resource, wanted }: Copy): Promise<void> {
  const found = await find(client, resource, keyOf(wanted))
  const isCopy = found?.metadata.annotations?.[migratedFrom] === sourceOf(old.object)
  if (found !== undefined && !isCopy) {
    throw new MigrationError(
      `${describe(wanted)} exists already and is no copy of ${describe(old.object)}; remove one of them`,
    )
  }
  // A copy would not be deleted; the copy of one that this migration has begun to remove is there already.
  if (old.object.metadata.deletionTimestamp !== undefined && !isCopy) {
    throw new MigrationError(`${describe(old.object)} is being deleted; wait until it is gone`)
  }
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
  if (existing === undefined) report({ action: 'create', object: describe(wanted) })
  if (dryRun) return existing ?? wanted
  const made = existing ?? (await client.create(resource, copyToCreate(old.object, wanted, successors)))
  // A run before may have ended between the object and its status.
  if (statusDifference(wanted, made) !== undefined) await writeStatus(client, resource, wanted, made)
  return made
}

/** With the conditions that a controller has added to the paused copy. */
async function writeStatus(
  client: Client,
  resource: Resource,
  wanted: UnknownApiObject,
  found: UnknownObject,
): Promise<void> {
  const status = withConditionsOf(wanted['status'] as Status, found.status ?? {})
  await client.patch(resource, keyOf(wanted), { type: 'merge', body: { status } }, { subresource: 'status' })
}

interface Status {
  readonly conditions?: readonly { readonly type?: string }[]
}

function withConditionsOf(status: Status, { conditions: others = [] }: Status): Status {
  const { conditions } = status
  if (conditions === undefined) return status
  const added = others.filter(({ type }) => !conditions.some((condition) => condition.type === type))
  return { ...status, conditions: [...conditions, ...added] }
}

/** Whatever the old objects own would be left without an owner when they go. */
async function handOverDependents(
  { client, finder, dryRun, report }: MigrationOptions,
  copies: readonly Copy[],
  successors: ReadonlyMap<string, OwnerReference>,
): Promise<void> {
  if (copies.length === 0) return
  const namespaces = new Set(copies.map(({ old }) => old.object.metadata.namespace ?? ''))
  for (const dependent of await readDependents(client, finder, namespaces, new Set(successors.keys()))) {
    report({ action: 'own', object: describe(dependent.object) })
    if (!dryRun) await handOver(client, dependent, successors)
  }
}

/** A controller that marks the copy as paused may have read it before it had a status, and writes the list of conditions whole. */
const statusAttempts = 5

/** The copy as the server has it says everything that the old object said. */
async function verify({ client }: MigrationOptions, { old, resource, wanted }: Copy): Promise<void> {
  let problem: string | undefined
  for (let attempt = 0; attempt < statusAttempts; attempt++) {
    const found = await find(client, resource, keyOf(wanted))
    problem = found === undefined ? 'it is not there' : difference(wanted, found)
    if (problem === undefined) return
    if (found === undefined || problem !== statusDifference(wanted, found)) break
    await writeStatus(client, resource, wanted, found)
  }
  throw new MigrationError(
    `${describe(wanted)} is not what ${describe(old.object)} says (${problem}); nothing old was removed`,
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
  const known = await finder.ofGroups((group) => group === 'infrastructure.cluster.x-k8s.io')
  const pools = await finder.byName('machinepools.cluster.x-k8s.io')
  const resources = new Map(
    [...copies.map(({ resource }) => resource), pools, ...known.filter(({ kind }) => isOfPool(kind))].map(
      (resource) => [`${resource.plural}.${resource.group}`, resource] as const,
    ),
  )
  const listed = await Promise.all([...resources.values()].map((resource) => copiesOf(client, resource, namespace)))
  for (const { resource, object } of listed.flat()) {
    report({ action: 'resume', object: describe(object) })
    if (dryRun) continue
    const marks = { [annotations.paused]: null, [pausedForMigration]: null }
    await client.patch(resource, keyOf(object), { type: 'merge', body: { metadata: { annotations: marks } } })
  }
}

async function copiesOf(client: Client, resource: Resource, namespace: string | undefined) {
  const { items } = await client.list(resource, namespace === undefined ? {} : { namespace })
  const apiVersion = `${resource.group}/${resource.version}`
  return items
    .filter(({ metadata }) => metadata.annotations?.[migratedFrom] && metadata.annotations[pausedForMigration])
    .map((object) => ({ resource, object: { ...object, apiVersion, kind: resource.kind } }))
}

async function find(client: Client, resource: Resource, key: ObjectKey): Promise<UnknownObject | undefined> {
  try {
    return await client.get(resource, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function ownerOf({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '' }
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
