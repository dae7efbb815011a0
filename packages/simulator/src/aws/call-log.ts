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

/** Every request the simulator has answered, in order. */
export interface CallLog {
  /** `operation` as in faults: `DescribeImages`, `ec2:DescribeImages`, `ec2:*`; absent: all. */
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

export function createCallLog(): RecordingCallLog {
  let calls: Call[] = []
  const list = (wanted = '*') =>
    calls.filter(({ service, operation }) =>
      [operation, `${service}:${operation}`, `${service}:*`, '*'].includes(wanted),
    )
  return {
    record: (call) => void calls.push(call),
    list,
    count: (operation) => list(operation).length,
    counts() {
      const counts: Record<string, number> = {}
      for (const { service, operation } of calls) {
        const name = `${service}:${operation}`
        counts[name] = (counts[name] ?? 0) + 1
      }
      return counts
    },
    reset: () => void (calls = []),
  }
}
