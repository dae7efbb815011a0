import { clone } from '../json.ts'
import type { KubeObject, OwnerReference } from '../object.ts'
import type { Backend } from '../operations/backend.ts'
import { disposeOf, foregroundFinalizer, orphanFinalizer } from '../operations/delete.ts'
import type { Entry, StoreEvent } from '../storage/object-store.ts'

interface Place {
  readonly table: string
  readonly key: string
}

/**
 * Removes objects whose owners are gone, and finishes deletions that wait for their dependents (`foregroundDeletion`) or
 * are to leave them alone (`orphan`).
 *
 * Owners are found by uid. A reference to a uid that the server has never seen counts as a missing owner.
 */
export function startGarbageCollection(backend: Backend): () => void {
  const collector = new GarbageCollector(backend)
  return backend.store.listenToAll((event) => collector.changed(event))
}

class GarbageCollector {
  readonly #backend: Backend
  readonly #owners = new Map<string, Place>()
  readonly #dependents = new Map<string, Map<string, Place>>()

  constructor(backend: Backend) {
    this.#backend = backend
    const entries = [...backend.store.resources()].flatMap((table) =>
      [...backend.store.all(table)].map((entry) => ({ table, entry })),
    )
    for (const { table, entry } of entries) this.#index(table, entry)
    for (const { table, entry } of entries) this.#examine(table, entry)
  }

  changed({ type, resource, entry, previous }: StoreEvent): void {
    if (previous !== undefined) this.#unindex(resource, previous)
    if (type === 'DELETED') {
      this.#unindex(resource, entry)
      this.#ownerGone(entry.object.metadata.uid ?? '')
      for (const owner of entry.object.metadata.ownerReferences ?? []) this.#ownerMayGo(owner.uid)
      return
    }
    this.#index(resource, entry)
    // An older change may be told after a newer one was made.
    const current = this.#backend.store.get(resource, entry.key)
    if (current?.revision === entry.revision) this.#examine(resource, entry)
    for (const owner of previous?.object.metadata.ownerReferences ?? []) this.#ownerMayGo(owner.uid)
  }

  #index(table: string, { key, object }: Entry): void {
    const place = { table, key }
    this.#owners.set(object.metadata.uid ?? '', place)
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      let dependents = this.#dependents.get(uid)
      if (dependents === undefined) this.#dependents.set(uid, (dependents = new Map()))
      dependents.set(`${table} ${key}`, place)
    }
  }

  #unindex(table: string, { key, object }: Entry): void {
    this.#owners.delete(object.metadata.uid ?? '')
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid)
      dependents?.delete(`${table} ${key}`)
      if (dependents?.size === 0) this.#dependents.delete(uid)
    }
  }

  #entryAt({ table, key }: Place): Entry | undefined {
    return this.#backend.store.get(table, key)
  }

  #dependentsOf(uid: string): { place: Place; entry: Entry }[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])].flatMap((place) => {
      const entry = this.#entryAt(place)
      return entry === undefined ? [] : [{ place, entry }]
    })
  }

  #ownerOf(reference: OwnerReference, dependent: KubeObject): Entry | undefined {
    const place = this.#owners.get(reference.uid)
    const entry = place === undefined ? undefined : this.#entryAt(place)
    const namespace = entry?.object.metadata.namespace
    // An owner in another namespace is none.
    return namespace !== undefined && namespace !== dependent.metadata.namespace ? undefined : entry
  }

  /** What the state of an object asks for. */
  #examine(table: string, entry: Entry): void {
    const { metadata } = entry.object
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(orphanFinalizer) === true) this.#orphan(entry)
      else if (metadata.finalizers?.includes(foregroundFinalizer) === true) this.#deleteDependents(entry)
    }
    const references = metadata.ownerReferences ?? []
    if (references.length > 0 && metadata.deletionTimestamp === undefined) this.#judge(table, entry, references)
  }

  /** Without a living owner an object goes; while one lives, references to missing ones go. */
  #judge(table: string, entry: Entry, references: readonly OwnerReference[]): void {
    const present = references.filter((reference) => this.#ownerOf(reference, entry.object) !== undefined)
    if (present.length === 0) disposeOf(this.#backend, table, entry, undefined)
    else if (present.length < references.length)
      this.#write({ table, key: entry.key }, (object) => void (object.metadata.ownerReferences = present))
  }

  #ownerGone(uid: string): void {
    for (const { place, entry } of this.#dependentsOf(uid))
      this.#judge(place.table, entry, entry.object.metadata.ownerReferences ?? [])
  }

  #orphan({ object }: Entry): void {
    const { uid = '' } = object.metadata
    for (const { place } of this.#dependentsOf(uid)) {
      this.#write(place, (dependent) => {
        const rest = (dependent.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
        if (rest.length === 0) delete dependent.metadata.ownerReferences
        else dependent.metadata.ownerReferences = rest
      })
    }
    this.#dropFinalizer(uid, orphanFinalizer)
  }

  #deleteDependents({ object }: Entry): void {
    const { uid = '' } = object.metadata
    for (const { place, entry } of this.#dependentsOf(uid)) {
      if (entry.object.metadata.deletionTimestamp === undefined)
        disposeOf(this.#backend, place.table, entry, 'Foreground')
    }
    this.#ownerMayGo(uid)
  }

  /** An owner that is deleted in the foreground goes when nothing blocks it any more. */
  #ownerMayGo(uid: string): void {
    const place = this.#owners.get(uid)
    const entry = place === undefined ? undefined : this.#entryAt(place)
    if (entry?.object.metadata.deletionTimestamp === undefined) return
    const blocked = this.#dependentsOf(uid).some(({ entry: dependent }) =>
      (dependent.object.metadata.ownerReferences ?? []).some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion === true,
      ),
    )
    if (!blocked) this.#dropFinalizer(uid, foregroundFinalizer)
  }

  #dropFinalizer(uid: string, finalizer: string): void {
    const place = this.#owners.get(uid)
    if (place === undefined || this.#entryAt(place)?.object.metadata.finalizers?.includes(finalizer) !== true) return
    this.#write(place, ({ metadata }) => {
      const rest = (metadata.finalizers ?? []).filter((name) => name !== finalizer)
      if (rest.length === 0) delete metadata.finalizers
      else metadata.finalizers = rest
    })
  }

  #write(place: Place, change: (object: KubeObject) => void): void {
    const entry = this.#entryAt(place)
    if (entry === undefined) return
    const next = clone(entry.object)
    change(next)
    const finished = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0
    if (finished) this.#backend.store.remove(place.table, place.key)
    else this.#backend.store.put(place.table, place.key, next).committed.catch(() => {})
  }
}
