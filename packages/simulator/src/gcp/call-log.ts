/** Who asks for what. */
export interface GcpCallDescription {
  /** As in the discovery document: `instanceGroupManagers.insert`; `token` for the token endpoint. */
  readonly operation: string
  readonly project: string
  /** `zones/us-central1-a`, `regions/us-central1` or `global`. */
  readonly scope: string
  /** Variables of the path and query parameters. */
  readonly parameters: Readonly<Record<string, string>>
  readonly body: unknown
  /** The account behind the token, where the simulator has given it out. */
  readonly principal: string
}

export interface GcpCall extends GcpCallDescription {
  /** Milliseconds since the epoch, on the simulator's clock. */
  readonly time: number
  readonly status: number
  /** Reason of the failure, such as `notFound`; absent when the call succeeded. */
  readonly error?: string
}

/** Every request the simulator has answered, in order. */
export interface GcpCallLog {
  /** `operation` as in faults: `instances.list`, `instances.*`; absent: all. */
  list(operation?: string): readonly GcpCall[]
  count(operation?: string): number
  /** Counts by operation. */
  counts(): Record<string, number>
  /** Forgets the calls so far. */
  reset(): void
}

export interface RecordingGcpCallLog extends GcpCallLog {
  record(call: GcpCall): void
}

/** Whether a pattern, `instances.list`, `instances.*` or `*`, names an operation. */
export function names(pattern: string, operation: string): boolean {
  return [operation, `${operation.split('.', 1)[0]}.*`, '*'].includes(pattern)
}

export function createGcpCallLog(): RecordingGcpCallLog {
  let calls: GcpCall[] = []
  const list = (wanted = '*') => calls.filter(({ operation }) => names(wanted, operation))
  return {
    record: (call) => void calls.push(call),
    list,
    count: (operation) => list(operation).length,
    counts() {
      const counts: Record<string, number> = {}
      for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
      return counts
    },
    reset: () => void (calls = []),
  }
}
