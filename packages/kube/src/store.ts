import type { KubeObject, ObjectKey } from './object.ts'

/** Values under which an object can be found again; several per object are allowed. */
export type IndexFunction<T> = (object: T) => readonly string[]

/** The local copy of a kind, kept by a reflector. Objects in it are shared: never change one. */
export interface Store<T extends KubeObject> {
  get(key: ObjectKey): T | undefined
  list(namespace?: string): T[]
  /** Objects whose index function gave `value`; O(result), not O(store). */
  byIndex(index: string, value: string): T[]
  readonly size: number
}

export interface StoreEvent<T> {
  readonly type: 'added' | 'updated' | 'deleted'
  readonly object: T
  /** The state before; absent for `added`. */
  readonly old?: T
  /** Part of the first listing. */
  readonly initial: boolean
}
