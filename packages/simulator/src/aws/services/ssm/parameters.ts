interface SsmParameter {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** Parameters by name. */
export type SsmParameters = Map<string, SsmParameter>
