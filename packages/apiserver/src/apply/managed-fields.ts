import { canonical } from '../json.ts'
import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import { FieldSet } from './field-set.ts'

/** The fields that one manager owns through one kind of operation. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** Identity of a manager among those of an object. */
export function managerKey(manager: Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>): string {
  // A manager that applies has one set whatever version it applies in.
  const apiVersion = manager.operation === 'Apply' ? '' : manager.apiVersion
  return canonical([manager.name, manager.operation, apiVersion, manager.subresource])
}

export type Managers = Map<string, Manager>

export function readManagers(object: KubeObject | undefined): Managers {
  const managers: Managers = new Map()
  for (const entry of object?.metadata.managedFields ?? []) {
    const manager: Manager = {
      name: entry.manager ?? '',
      operation: entry.operation ?? 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: FieldSet.fromJson(entry.fieldsV1 ?? {}),
    }
    managers.set(managerKey(manager), manager)
  }
  return managers
}

/** Appliers first, then by age: the order in which an API server lists them. */
export function writeManagers(object: KubeObject, managers: Managers): void {
  const sorted = [...managers.values()].toSorted(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      compareText(a.time ?? '', b.time ?? '') ||
      compareText(a.name, b.name) ||
      compareText(a.apiVersion, b.apiVersion) ||
      compareText(a.subresource, b.subresource),
  )
  if (sorted.length === 0) {
    delete object.metadata.managedFields
    return
  }
  object.metadata.managedFields = sorted.map(
    ({ name, operation, apiVersion, subresource, time, fields }): ManagedFieldsEntry => ({
      manager: name,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: fields.toJson(),
      ...(subresource === '' ? {} : { subresource }),
    }),
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Too many managers by Update: the oldest are put together under one name. */
export function capManagers(managers: Managers, limit = 10): Managers {
  const updates = [...managers.values()].filter(({ operation }) => operation === 'Update')
  if (updates.length <= limit) return managers
  const oldest = updates
    .toSorted((a, b) => compareText(a.time ?? '', b.time ?? ''))
    .slice(0, updates.length - limit + 1)
  const out: Managers = new Map(managers)
  for (const manager of oldest) {
    out.delete(managerKey(manager))
    const merged = { ...manager, name: 'ancient-changes', subresource: '' }
    const present = out.get(managerKey(merged))
    out.set(
      managerKey(merged),
      present === undefined ? merged : { ...merged, fields: present.fields.union(merged.fields) },
    )
  }
  return out
}
