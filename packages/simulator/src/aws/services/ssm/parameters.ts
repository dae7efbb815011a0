import type { Table } from '../../../table.ts'

interface SsmParameter {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** Parameters by name. */
export type SsmParameters = Table<SsmParameter>
