import type { KubeObject } from '../object.ts'

/** A column of the tables that `kubectl get` prints. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  /** 0 is always shown, more only with `-o wide`. */
  readonly priority?: number
  /** The cell; `now` in milliseconds, for ages. */
  readonly cell: (object: KubeObject, now: number) => unknown
}
