import type { Clock, Io, Logger } from '../io.ts'
import type { JsonObject } from '../json.ts'

/** One line that a provider logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: JsonObject
}

export interface RecordingIoOptions {
  readonly clock: Clock
  /** Default: never aborted. */
  readonly signal?: AbortSignal
  /** Default 0: ask the cloud. */
  readonly maxAgeMs?: number
  /** Where log lines go. */
  readonly lines?: LogLine[]
}

/** An `Io` for tests that keeps what is logged. */
export function createRecordingIo(options: RecordingIoOptions): Io {
  const lines = options.lines ?? []
  const at =
    (level: LogLine['level']): Logger['info'] =>
    (message, fields) => {
      lines.push({ level, message, fields: fields ?? {} })
    }
  return {
    clock: options.clock,
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    signal: options.signal ?? new AbortController().signal,
    maxAgeMs: options.maxAgeMs ?? 0,
  }
}
