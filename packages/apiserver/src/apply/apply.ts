import { ApiFailure } from '../failure.ts'
import { deepEqual, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Schema } from '../schema/schema.ts'
import { FieldSet, formatFieldPath } from './field-set.ts'
import { capManagers, managerKey, readManagers, writeManagers, type Manager, type Managers } from './managed-fields.ts'
import { compare, merge, removeFields, toFieldSet, UnidentifiedItem, type Comparison } from './typed.ts'

/** Who writes, how, and when. */
export interface FieldWriter {
  readonly manager: string
  readonly apiVersion: string
  readonly subresource: string
  /** RFC 3339. */
  readonly time: string
  /** What every new object of the kind has before anything is set: its containers are nobody's addition. */
  readonly blank?: JsonObject
  /** The object in the version in which another manager's fields are recorded, and the schema of it. */
  readonly inVersion?: (apiVersion: string) => VersionView | undefined
  /** Fields that are not the writer's although they are new. */
  readonly disowned?: readonly (readonly string[])[]
}

/** A kind in one of its versions. */
export interface VersionView {
  readonly schema: Schema | undefined
  readonly convert: (object: KubeObject) => KubeObject
}

/** Fields that nobody owns. */
const unowned = ((): FieldSet => {
  const set = new FieldSet()
  set.insert(['f:apiVersion'])
  set.insert(['f:kind'])
  set.insert(['f:metadata'])
  for (const field of [
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ]) {
    set.insert(['f:metadata', `f:${field}`])
  }
  return set
})()

/** The status of a main resource, or all but the status of a status subresource, is not written: nor owned. */
function ignored(set: FieldSet, subresource: string, hasStatus: boolean): FieldSet {
  const own = set.difference(unowned)
  if (!hasStatus || subresource === 'scale') return own
  const out = new FieldSet()
  for (const element of own.members) if (wanted(element, subresource)) out.members.add(element)
  for (const [element, child] of own.children) if (wanted(element, subresource)) out.children.set(element, child)
  return out
}

function wanted(element: string, subresource: string): boolean {
  return subresource === 'status' ? element !== 'f:spec' : element !== 'f:status'
}

/** Records in `after.metadata.managedFields` who changed what between two states by a plain write. */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: FieldWriter,
  schema: Schema | undefined,
): void {
  const managers = managersOfRequest(before, after)
  if (managers === undefined) {
    delete after.metadata.managedFields
    return
  }
  try {
    recordUpdate(managers, before, after, writer, schema)
  } catch (error) {
    if (!(error instanceof UnidentifiedItem)) throw error
    // Ownership that cannot be told is not recorded, for nobody.
    delete after.metadata.managedFields
  }
}

function recordUpdate(
  managers: Managers,
  before: KubeObject | undefined,
  after: KubeObject,
  writer: FieldWriter,
  schema: Schema | undefined,
): void {
  const base = before ?? { ...writer.blank, apiVersion: after.apiVersion, kind: after.kind, metadata: {} }
  const compareIn = compareInVersions(withoutManagers(base), withoutManagers(after), writer, schema)
  const comparison = compareIn(writer.apiVersion)
  const self: Manager = {
    name: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: writer.time,
    fields: new FieldSet(),
  }
  const key = managerKey(self)
  takeOver(managers, compareIn, '')
  const taken = withoutPaths(comparison.added.union(comparison.modified).difference(unowned), writer.disowned ?? [])
  if (!taken.empty) {
    const owned = managers.get(key)?.fields ?? new FieldSet()
    managers.set(key, { ...self, fields: owned.union(taken) })
  }
  writeManagers(after, capManagers(managers))
}

/** The set without some paths and what is below them. */
function withoutPaths(set: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  for (const path of paths) set.removeAll(path)
  return set
}

/** A client may set the list itself; an empty one is a wish to reset it. */
function managersOfRequest(before: KubeObject | undefined, after: KubeObject): Managers | undefined {
  const given = after.metadata.managedFields
  if (given === undefined) {
    // An object on which nobody's fields are recorded stays so until it is first applied.
    const untracked = before !== undefined && before.metadata.managedFields === undefined
    return untracked ? undefined : readManagers(before)
  }
  if (given.length === 0 || (given.length === 1 && deepEqual(given[0], {})))
    return before === undefined ? new Map() : undefined
  return readManagers(after)
}

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** What changes, as it looks in the version of each manager. */
type CompareIn = (apiVersion: string) => Comparison

function compareInVersions(
  before: KubeObject,
  after: KubeObject,
  writer: FieldWriter,
  schema: Schema | undefined,
): CompareIn {
  const known = new Map([[writer.apiVersion, compare(before, after, schema)]])
  return (apiVersion) => {
    const found = known.get(apiVersion)
    if (found !== undefined) return found
    const view = writer.inVersion?.(apiVersion)
    const made =
      view === undefined
        ? compare(before, after, schema)
        : compare(view.convert(before), view.convert(after), view.schema)
    known.set(apiVersion, made)
    return made
  }
}

/** Takes changed and removed fields from all other managers. */
function takeOver(managers: Managers, compareIn: CompareIn, self: string): void {
  for (const [key, manager] of managers) {
    if (key === self) continue
    const comparison = compareIn(manager.apiVersion)
    const changed = comparison.added.union(comparison.modified)
    const fields = manager.fields.difference(changed).difference(comparison.removed)
    if (fields.empty) managers.delete(key)
    else managers.set(key, { ...manager, fields })
  }
}

export interface ApplyOptions {
  readonly writer: FieldWriter
  readonly force: boolean
  readonly hasStatus: boolean
}

/**
 * Server-side apply: the object after it, with its managedFields.
 *
 * @throws ApiFailure 409 with a cause per field that another manager owns with another value.
 */
export function serverSideApply(
  live: KubeObject | undefined,
  config: KubeObject,
  options: ApplyOptions,
  schema: Schema | undefined,
): KubeObject {
  const { writer, force, hasStatus } = options
  const base: KubeObject =
    live === undefined ? { apiVersion: config.apiVersion, kind: config.kind, metadata: {} } : withoutManagers(live)
  const managers = live === undefined ? new Map<string, Manager>() : managersBeforeApply(live, writer, schema)
  const self: Manager = {
    name: writer.manager,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: writer.time,
    fields: ignored(toFieldSet(withoutManagers(config), schema), writer.subresource, hasStatus),
  }
  const key = managerKey(self)
  const last = managers.get(key)
  if (self.fields.empty) managers.delete(key)
  else managers.set(key, self)
  const merged = merge(base, withoutManagers(config), schema) as KubeObject
  const object = last === undefined ? merged : prune(merged, last.fields, managers, schema)
  const compareIn = compareInVersions(base, object, writer, schema)
  if (!force) failOnConflicts(managers, compareIn, key)
  takeOver(managers, compareIn, key)
  // An apply that changes nothing leaves the time alone, so that it is no change of the object.
  if (deepEqual(base, object) && !self.fields.empty) managers.set(key, { ...self, time: last?.time })
  writeManagers(object, managers)
  return object
}

/** Fields of an object that was never tracked belong to whoever was there before. */
function managersBeforeApply(live: KubeObject, writer: FieldWriter, schema: Schema | undefined): Managers {
  const managers = readManagers(live)
  if (managers.size > 0) return managers
  const blank = { ...writer.blank, apiVersion: live.apiVersion, kind: live.kind, metadata: {} }
  const fields = compare(blank, withoutManagers(live), schema).added.difference(unowned)
  const { apiVersion, time } = writer
  const former: Manager = { name: 'before-first-apply', operation: 'Update', apiVersion, subresource: '', time, fields }
  return fields.empty ? managers : new Map([[managerKey(former), former]])
}

/** Removes what the applier stated before and neither it nor anybody else states now. */
function prune(merged: KubeObject, last: FieldSet, managers: Managers, schema: Schema | undefined): KubeObject {
  let owned = new FieldSet()
  for (const manager of managers.values()) owned = owned.union(manager.fields)
  return removeFields(merged, last.difference(owned), owned, schema) as KubeObject
}

function failOnConflicts(managers: Managers, compareIn: CompareIn, self: string): void {
  const conflicts = [...managers]
    .filter(([key]) => key !== self)
    .flatMap(([, manager]) => {
      const by = describeManager(manager)
      const { added, modified } = compareIn(manager.apiVersion)
      const changed = added.union(modified)
      return [...manager.fields.intersection(changed).paths()].map((path) => ({ by, field: formatFieldPath(path) }))
    })
  if (conflicts.length === 0) return
  throw new ApiFailure(409, 'Conflict', conflictMessage(conflicts), {
    causes: conflicts.map(({ by, field }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${by}`,
      field,
    })),
  })
}

function describeManager({ name, operation, apiVersion, subresource }: Manager): string {
  const who = `${JSON.stringify(name)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`
  if (operation === 'Apply') return who
  return `${who} using ${apiVersion}`
}

function conflictMessage(conflicts: readonly { by: string; field: string }[]): string {
  const [only] = conflicts
  if (conflicts.length === 1 && only !== undefined)
    return `Apply failed with 1 conflict: conflict with ${only.by}: ${only.field}`
  const byManager = Map.groupBy(conflicts, ({ by }) => by)
  const sections = [...byManager].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = sections.map(
    ([by, fields]) => `conflicts with ${by}:\n${fields.map(({ field }) => `- ${field}`).join('\n')}`,
  )
  return `Apply failed with ${conflicts.length} conflicts: ${text.join('\n')}`
}
