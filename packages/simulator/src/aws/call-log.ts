import type { Input } from './wire/model.ts'

/** Who asks for what. */
export interface CallDescription {
  /** Signing name: `autoscaling`, `ec2`, `ssm`, `sts`. */
  readonly service: string
  readonly operation: string
  readonly region: string
  readonly accessKeyId: string
  /** The caller's principal. */
  readonly arn: string
  /** Parsed parameters; user data included. */
  readonly input: Input
}

export interface Call extends CallDescription {
  /** Milliseconds since the epoch, on the simulator's clock. */
  readonly time: number
  readonly status: number
  /** AWS error code; absent when the call succeeded. */
  readonly error?: string
}

/** The requests the simulator has answered. All are counted; the last ones are kept whole. */
export interface CallLog {
  /** Those of the last 2,000 calls that are wanted, oldest first. `operation` as in faults: `DescribeImages`, `ec2:DescribeImages`, `ec2:*`; absent: all. */
  list(operation?: string): readonly Call[]
  count(operation?: string): number
  /** Counts by `service:Operation`. */
  counts(): Record<string, number>
  /** Forgets the calls so far. */
  reset(): void
}

export interface RecordingCallLog extends CallLog {
  record(call: Call): void
}

/** A call holds its whole input, user data of 16 KB included. */
const keptCalls = 2000

export function createCallLog(): RecordingCallLog {
  let calls: Call[] = []
  let counts: Record<string, number> = {}
  return {
    record(call) {
      const name = `${call.service}:${call.operation}`
      counts[name] = (counts[name] ?? 0) + 1
      calls.push(call)
      // Cutting only now and then keeps a call cheap.
      if (calls.length >= 2 * keptCalls) calls = calls.slice(-keptCalls)
    },
    list: (wanted = '*') =>
      calls.slice(-keptCalls).filter(({ service, operation }) => covers(wanted, service, operation)),
    count: (wanted = '*') =>
      Object.entries(counts)
        .filter(([name]) => covers(wanted, ...(name.split(':', 2) as [string, string])))
        .reduce((sum, [, count]) => sum + count, 0),
    counts: () => ({ ...counts }),
    reset() {
      calls = []
      counts = {}
    },
  }
}

function covers(wanted: string, service: string, operation: string): boolean {
  return [operation, `${service}:${operation}`, `${service}:*`, '*'].includes(wanted)
}
