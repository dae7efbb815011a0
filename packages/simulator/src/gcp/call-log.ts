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
  /** Those of the last 2,000 calls that are wanted, oldest first. `operation` as in faults; absent: all. */
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

/** A call holds its whole body, metadata of up to 512 KB included. */
const keptCalls = 2000

export function createGcpCallLog(): RecordingGcpCallLog {
  let calls: GcpCall[] = []
  let counts: Record<string, number> = {}
  return {
    record(call) {
      counts[call.operation] = (counts[call.operation] ?? 0) + 1
      calls.push(call)
      // Cutting only now and then keeps a call cheap.
      if (calls.length >= 2 * keptCalls) calls = calls.slice(-keptCalls)
    },
    list: (wanted = '*') => calls.slice(-keptCalls).filter(({ operation }) => names(wanted, operation)),
    count: (wanted = '*') =>
      Object.entries(counts)
        .filter(([operation]) => names(wanted, operation))
        .reduce((sum, [, count]) => sum + count, 0),
    counts: () => ({ ...counts }),
    reset() {
      calls = []
      counts = {}
    },
  }
}
