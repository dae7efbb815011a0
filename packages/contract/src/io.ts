import type { JsonObject } from './json.ts'
import type { Sensitive } from './sensitive.ts'

/** Milliseconds since the Unix epoch. Names that end in `At` hold one. */
export type EpochMillis = number

/** The only source of time. Tests drive it by hand, so nothing in the contract may read the wall clock. */
export interface Clock {
  now(): EpochMillis
  /** Calls back once after `ms` milliseconds of this clock; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** Structured logging. `fields` must not contain secrets in clear. */
export interface Logger {
  debug(message: string, fields?: JsonObject): void
  info(message: string, fields?: JsonObject): void
  warn(message: string, fields?: JsonObject): void
  error(message: string, fields?: JsonObject): void
}

/** Names an object in the caller's configuration store: an identity or the secret behind it. */
export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  /** Absent for objects that live outside namespaces. */
  readonly namespace?: string
  readonly name: string
}

/**
 * What a provider may use besides the cloud itself. The engine makes one per call.
 *
 * A provider keeps no clock, logger or credentials of its own beyond what its factory was given.
 */
export interface Io {
  readonly clock: Clock
  readonly log: Logger
  /** Aborted when the caller gives up or its deadline has passed (R17). Every cloud call must end soon after. */
  readonly signal: AbortSignal
  /**
   * How old an answer may be, in milliseconds. `0` asks the cloud now. A provider batches reads of many pools and may
   * serve any answer that is young enough (R21); it must never serve one that is older than a write it made itself.
   */
  readonly maxAgeMs: number
  /** Reads a configuration object that credentials refer to; `undefined` when it does not exist. Absent in library use. */
  readonly lookup?: (reference: ObjectReference) => Promise<JsonObject | undefined>
  /** Reads the entries of a secret; `undefined` when it does not exist. Absent in library use. */
  readonly secret?: (reference: ObjectReference) => Promise<Readonly<Record<string, Sensitive>> | undefined>
}
