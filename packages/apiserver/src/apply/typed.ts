import { ApiFailure } from '../failure.ts'
import { canonical, clone, deepEqual, isObject, type JsonObject } from '../json.ts'
import { memberSchema, type Schema } from '../schema/schema.ts'
import { FieldSet } from './field-set.ts'

/** How a value merges: as one piece, member by member, or item by item. */
type Structure = 'leaf' | 'map' | 'list'

function structureOf(value: unknown, schema: Schema | undefined): Structure {
  if (isObject(value)) return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map'
  if (!Array.isArray(value)) return 'leaf'
  const listType = schema?.['x-kubernetes-list-type']
  return listType === 'set' || listType === 'map' ? 'list' : 'leaf'
}

/** A list whose items cannot be told apart. */
export class UnidentifiedItem extends ApiFailure {
  constructor(message: string) {
    super(400, 'BadRequest', message)
  }
}

/** The path element that identifies an item of a set or list-map. */
function elementOf(item: unknown, list: Schema): string {
  const element = identityOf(item, list)
  if (element === undefined) throw new UnidentifiedItem('an item of an associative list has none of its key fields')
  return element
}

/** What tells an item of a set or list-map from the others; undefined when it has none of the keys. */
export function identityOf(item: unknown, list: Schema): string | undefined {
  const keys = list['x-kubernetes-list-map-keys']
  if (list['x-kubernetes-list-type'] === 'set' || keys === undefined) return `v:${canonical(item)}`
  if (!isObject(item)) return undefined
  const identity: JsonObject = {}
  for (const key of keys) {
    const value = item[key] ?? memberSchema(list.items, key)?.default
    if (value !== undefined) identity[key] = value
  }
  return Object.keys(identity).length === 0 ? undefined : `k:${canonical(identity)}`
}

function itemsByElement(value: unknown, schema: Schema): Map<string, unknown> {
  const items = new Map<string, unknown>()
  if (Array.isArray(value)) for (const item of value) items.set(elementOf(item, schema), item)
  return items
}

function isEmpty(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0)
}

/** The fields that a configuration states. */
export function toFieldSet(value: unknown, schema: Schema | undefined): FieldSet {
  const set = new FieldSet()
  collect(value, schema, set)
  return set
}

function collect(value: unknown, schema: Schema | undefined, set: FieldSet): void {
  const structure = structureOf(value, schema)
  if (structure === 'map') {
    for (const [key, member] of Object.entries(value as JsonObject)) {
      if (member !== undefined) collectMember(`f:${key}`, member, memberSchema(schema, key), declared(schema, key), set)
    }
  } else if (structure === 'list' && schema !== undefined) {
    for (const [element, item] of itemsByElement(value, schema)) {
      set.members.add(element)
      descend(element, item, schema.items, set)
    }
  }
}

function declared(schema: Schema | undefined, key: string): boolean {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, key)
}

function collectMember(
  element: string,
  value: unknown,
  schema: Schema | undefined,
  named: boolean,
  set: FieldSet,
): void {
  // Fields of a type are owned through their leaves; entries of a map also by themselves.
  const structure = structureOf(value, schema)
  const leaf = structure === 'leaf' || isEmpty(value)
  if (leaf || (!named && schema !== undefined)) set.members.add(element)
  if (structure !== 'leaf') descend(element, value, schema, set)
}

function descend(element: string, value: unknown, schema: Schema | undefined, set: FieldSet): void {
  const below = new FieldSet()
  collect(value, schema, below)
  if (!below.empty) set.children.set(element, below)
}

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** What changes between two states of an object, by field. */
export function compare(before: unknown, after: unknown, schema: Schema | undefined): Comparison {
  const result = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() }
  compareAt([], before, after, schema, result)
  return result
}

function compareAt(
  path: string[],
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  result: Comparison,
): void {
  if (before === undefined && after === undefined) return
  if (before === undefined) result.added.insert(path)
  else if (after === undefined) result.removed.insert(path)
  const left = before === undefined || before === null ? undefined : structureOf(before, schema)
  const right = after === undefined || after === null ? undefined : structureOf(after, schema)
  const structure = right ?? left ?? 'leaf'
  if (structure === 'leaf' || (left !== undefined && right !== undefined && left !== right)) {
    if (before !== undefined && after !== undefined && !deepEqual(before, after)) result.modified.insert(path)
    return
  }
  const membersBefore = membersOf(before, structure, schema)
  const membersAfter = membersOf(after, structure, schema)
  for (const element of new Set([...membersBefore.keys(), ...membersAfter.keys()])) {
    const inner = structure === 'map' ? memberSchema(schema, element.slice(2)) : schema?.items
    compareAt([...path, element], membersBefore.get(element), membersAfter.get(element), inner, result)
  }
}

function membersOf(value: unknown, structure: Structure, schema: Schema | undefined): Map<string, unknown> {
  if (structure === 'list') return itemsByElement(value, schema ?? {})
  if (!isObject(value)) return new Map()
  return new Map(Object.entries(value).map(([key, member]) => [`f:${key}`, member]))
}

/** `live` with everything that `config` states laid over it. */
export function merge(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (config === undefined) return clone(live)
  // Nothing, laid over what has parts, takes none of them away.
  if (config === null && structureOf(live, schema) !== 'leaf') return clone(live)
  const structure = structureOf(config, schema)
  if (structure === 'leaf' || live === undefined || live === null || structureOf(live, schema) !== structure)
    return clone(config)
  if (structure === 'map') {
    const out: JsonObject = { ...(live as JsonObject) }
    for (const [key, value] of Object.entries(config as JsonObject)) {
      out[key] = merge(out[key], value, memberSchema(schema, key))
    }
    return out
  }
  return mergeItems(live, config, schema ?? {})
}

/** Items of the configuration come in its order; those that only `live` has stay behind what they followed. */
function mergeItems(live: unknown, config: unknown, schema: Schema): unknown[] {
  const liveItems = itemsByElement(live, schema)
  const configItems = itemsByElement(config, schema)
  const left = [...liveItems.keys()]
  const right = [...configItems.keys()]
  const done = new Set<string>()
  const out: unknown[] = []
  const take = (element: string) => {
    done.add(element)
    out.push(merge(liveItems.get(element), configItems.get(element), schema.items))
  }
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const [ours, theirs] = [left[l], right[r]]
    if (ours !== undefined && (done.has(ours) || !configItems.has(ours))) {
      if (!done.has(ours)) take(ours)
      l += 1
    } else if (theirs !== undefined) {
      if (!done.has(theirs)) take(theirs)
      r += 1
    }
  }
  return out
}

/** The object without the fields of a set. Containers that become empty by this go too, unless `keep` owns them. */
export function removeFields(value: unknown, gone: FieldSet, keep: FieldSet, schema: Schema | undefined): unknown {
  const structure = structureOf(value, schema)
  if (structure === 'map') {
    const out: JsonObject = {}
    for (const [key, member] of Object.entries(value as JsonObject)) {
      const kept = removeMember(`f:${key}`, member, gone, keep, memberSchema(schema, key))
      if (kept !== undefined) out[key] = kept
    }
    return out
  }
  if (structure !== 'list' || schema === undefined) return value
  return (value as unknown[])
    .map((item) => removeMember(elementOf(item, schema), item, gone, keep, schema.items))
    .filter((item) => item !== undefined)
}

function removeMember(
  element: string,
  value: unknown,
  gone: FieldSet,
  keep: FieldSet,
  schema: Schema | undefined,
): unknown {
  const ownedBelow = keep.children.get(element)
  const owned = keep.members.has(element) || ownedBelow?.empty === false
  if (gone.members.has(element) && !owned) return undefined
  const goneBelow = gone.children.get(element)
  if (goneBelow === undefined) return value
  const rest = removeFields(value, goneBelow, ownedBelow ?? new FieldSet(), schema)
  const emptied = (isObject(rest) && Object.keys(rest).length === 0) || (Array.isArray(rest) && rest.length === 0)
  return emptied && !isEmpty(value) && !owned ? undefined : rest
}
