import type { Client } from '@machinepool/kube'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'

import type { Cache } from './cache.ts'
import type { Clock } from './clock.ts'
import type { Controller, ControllerOptions } from './controller.ts'
import type { EventRecorder } from './events.ts'

/** Something that runs as long as the manager (and, by default, only while it leads). */
export interface Runnable {
  readonly name: string
  readonly needsLeaderElection?: boolean
  /** Runs until `signal` aborts; a rejection stops the manager. */
  run(signal: AbortSignal): Promise<void>
}

/** One connection, one cache, one queue per controller, one place that starts and stops them. */
export interface Manager {
  readonly client: Client
  readonly cache: Cache
  readonly events: EventRecorder
  readonly log: Logger
  readonly metrics: Registry
  readonly clock: Clock
  addController(options: ControllerOptions): Controller
  addRunnable(runnable: Runnable): void
  /** `check` throws when the process is not well (`healthz`) or not ready to serve (`readyz`). */
  addHealthCheck(kind: 'healthz' | 'readyz', name: string, check: () => void | Promise<void>): void
  /** Resolves after an orderly stop: reconciles in flight have ended or were cancelled at the grace deadline. */
  start(signal: AbortSignal): Promise<void>
}
