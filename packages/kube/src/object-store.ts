import type { KubeObject, ObjectKey } from './object.ts'
import type { IndexFunction, Store, StoreEvent } from './store.ts'

/** Keys by value. Most values of most indexes have one key, and a set for each would cost more than the objects. */
type Keys = Map<string, string | Set<string>>

interface Index<T> {
  readonly of: IndexFunction<T>
  /** What `of` gives, without its exceptions. */
  readonly values: IndexFunction<T>
  readonly keys: Keys
}

/**
 * The store behind a reflector. Writes report what they changed, once: an object whose `uid` and `resourceVersion` are
 * those already stored changes nothing. Resource versions are compared for equality only.
 */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #onIndexError: ((error: unknown, index: string) => void) | undefined
  readonly #objects = new Map<string, T>()
  /** Keys by namespace; cluster-scoped objects are not in it. */
  readonly #namespaces: Keys = new Map()
  readonly #indexes = new Map<string, Index<T>>()

  /** @param onIndexError told when an index function throws; the object then has no values in that index. */
  constructor(onIndexError?: (error: unknown, index: string) => void) {
    this.#onIndexError = onIndexError
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(storeKey(key))
  }

  list(namespace?: string): T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.#collect(this.#namespaces.get(namespace))
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index)
    if (found === undefined) {
      throw new RangeError(`there is no index "${index}"; add it first`)
    }
    return this.#collect(found.keys.get(value))
  }

  /** Adding the same function under the same name again does nothing; another one under a name in use is an error. */
  addIndex(name: string, of: IndexFunction<T>): void {
    const existing = this.#indexes.get(name)
    if (existing !== undefined) {
      if (existing.of !== of) {
        throw new RangeError(`there is another index "${name}" already`)
      }
      return
    }
    const index: Index<T> = { of, values: (object) => this.#valuesOf(name, of, object), keys: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) {
      addTo(index, key, object)
    }
  }

  /** Adds or replaces; `undefined` when that state was there already. */
  set(object: T, initial: boolean): StoreEvent<T> | undefined {
    const key = storeKey(object.metadata)
    const old = this.#objects.get(key)
    if (
      old !== undefined &&
      old.metadata.uid === object.metadata.uid &&
      old.metadata.resourceVersion !== undefined &&
      old.metadata.resourceVersion === object.metadata.resourceVersion
    ) {
      return undefined
    }
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) {
      if (old !== undefined) {
        removeFrom(index, key, old)
      }
      addTo(index, key, object)
    }
    if (old === undefined) {
      if (object.metadata.namespace !== undefined) {
        addKey(this.#namespaces, object.metadata.namespace, key)
      }
      return { type: 'added', object, initial }
    }
    return { type: 'updated', object, old, initial }
  }

  /** Removes; `undefined` when it was not there. `last` is the final state, when the server told it. */
  remove(key: ObjectKey, last?: T): StoreEvent<T> | undefined {
    const name = storeKey(key)
    const old = this.#objects.get(name)
    if (old === undefined) {
      return undefined
    }
    this.#objects.delete(name)
    removeKey(this.#namespaces, old.metadata.namespace ?? '', name)
    for (const index of this.#indexes.values()) {
      removeFrom(index, name, old)
    }
    return { type: 'deleted', object: last ?? old, old, initial: false }
  }

  #valuesOf(name: string, of: IndexFunction<T>, object: T): readonly string[] {
    try {
      return of(object)
    } catch (error) {
      this.#onIndexError?.(error, name)
      return []
    }
  }

  #collect(keys: string | ReadonlySet<string> | undefined): T[] {
    const result: T[] = []
    for (const key of typeof keys === 'string' ? [keys] : (keys ?? [])) {
      const object = this.#objects.get(key)
      if (object !== undefined) {
        result.push(object)
      }
    }
    return result
  }
}

/** Unique within a kind: neither part may contain a `/`. */
export function storeKey(key: { readonly namespace?: string; readonly name?: string }): string {
  return key.namespace === undefined || key.namespace === '' ? (key.name ?? '') : `${key.namespace}/${key.name ?? ''}`
}

function addTo<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    addKey(index.keys, value, key)
  }
}

function removeFrom<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    removeKey(index.keys, value, key)
  }
}

function addKey(map: Keys, value: string, key: string): void {
  const keys = map.get(value)
  if (keys === undefined) {
    map.set(value, key)
  } else if (typeof keys !== 'string') {
    keys.add(key)
  } else if (keys !== key) {
    map.set(value, new Set([keys, key]))
  }
}

function removeKey(map: Keys, value: string, key: string): void {
  const keys = map.get(value)
  if (typeof keys === 'string') {
    if (keys === key) {
      map.delete(value)
    }
    return
  }
  keys?.delete(key)
  if (keys?.size === 0) {
    map.delete(value)
  }
}
