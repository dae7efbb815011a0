import {
  isAlreadyExists,
  leases,
  isNotFound,
  sleep,
  withDeadline,
  type Client,
  type Clock,
  type Lease,
} from '@machinepool/kube'
import type { Logger } from 'pino'

import { longestSince, momentOf, steadySince, type Moment } from './moment.ts'

export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly namespace: string
  /** Name of the Lease; the same for all replicas of one program. */
  readonly name: string
  /** Unique per process, such as `<pod>_<uuid>`. */
  readonly identity: string
  /** Others wait this long after the last renewal they have seen. Milliseconds, default 15 000. */
  readonly leaseDurationMs?: number
  /** A leader that has not renewed for this long stops. Milliseconds, default 10 000; shorter than the lease. */
  readonly renewDeadlineMs?: number
  /** Time between attempts. Milliseconds, default 2000. */
  readonly retryPeriodMs?: number
  /** Give the lease back on an orderly stop, so that a successor need not wait. Default true. */
  readonly releaseOnStop?: boolean
  readonly random?: () => number
}

/** Another process leads now, or may: nothing more must be written. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'

  constructor(message = 'leadership was lost') {
    super(message)
  }
}

/** One candidate for a Lease. */
export interface LeaderElector {
  /** The Lease as this process last saw it. */
  readonly lease: Lease | undefined
  /**
   * Waits to become the leader, then runs `lead` until it ends, `signal` aborts, or leadership is lost. `lead`'s signal aborts
   * in all of these cases. Rejects with `LeadershipLostError` when leadership was lost; resolves otherwise.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>
  /**
   * Whether this process may act *now*: it holds the lease and its last renewal is younger than the renew deadline. Right
   * even when the process was stopped for a while and no timer has fired yet.
   */
  isLeader(): boolean
}

/** How much the waits of candidates differ at most, as in client-go. */
const jitter = 1.2

/**
 * Leader election on a Lease with client-go's rules (k8s.io/client-go/tools/leaderelection): times in the Lease are never
 * compared with the local clock; a candidate takes over only after it has itself seen no change for as long as the holder
 * has announced. Setting the machine's clock makes nobody lead too early or too long.
 */
export function createLeaderElector(options: LeaderElectionOptions): LeaderElector {
  return new Elector(options)
}

class Elector implements LeaderElector {
  readonly #options: LeaderElectionOptions
  readonly #leaseDurationMs: number
  readonly #renewDeadlineMs: number
  readonly #retryPeriodMs: number
  /** The Lease as last seen, and when its content was seen to change. */
  #observed: Lease | undefined
  #observedAt: Moment
  /** When the last successful renewal was *begun*; `undefined` while somebody else leads. */
  #renewedAt: Moment | undefined

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#observedAt = momentOf(options.clock)
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000
    if (this.#leaseDurationMs <= this.#renewDeadlineMs) {
      throw new RangeError('leaseDurationMs must be greater than renewDeadlineMs')
    }
    if (this.#renewDeadlineMs <= this.#retryPeriodMs * jitter) {
      throw new RangeError(`renewDeadlineMs must be greater than ${jitter} times retryPeriodMs`)
    }
    if (options.identity === '') {
      throw new RangeError('identity must not be empty')
    }
  }

  get lease(): Lease | undefined {
    return this.#observed
  }

  isLeader(): boolean {
    return this.#leftMs() > 0
  }

  /** For how long this process may act without a renewal. */
  #leftMs(): number {
    return this.#renewedAt === undefined
      ? 0
      : this.#renewDeadlineMs - longestSince(this.#options.clock, this.#renewedAt)
  }

  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { log, identity, name, releaseOnStop = true } = this.#options
    await this.#acquire(signal)
    if (signal.aborted) {
      return
    }
    log.info({ lease: name, identity }, 'became the leader')
    const leading = new AbortController()
    const stop = () => leading.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    // The leader's work ends before the lease is given back; a renewal that fails ends the work.
    const renewing = new AbortController()
    const work = lead(leading.signal).finally(() => renewing.abort())
    try {
      const kept = await this.#renew(renewing.signal)
      if (!kept) {
        this.#renewedAt = undefined
        const lost = new LeadershipLostError()
        log.error({ lease: name, identity }, 'leadership was lost')
        leading.abort(lost)
        await work.catch(() => undefined)
        throw lost
      }
      await work
    } finally {
      signal.removeEventListener('abort', stop)
      if (releaseOnStop && this.isLeader()) {
        await this.#release()
      }
      this.#renewedAt = undefined
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#options
    while (!signal.aborted) {
      if (await this.#tryAcquireOrRenew(signal, this.#renewDeadlineMs)) {
        return
      }
      await sleep(clock, this.#retryPeriodMs * (1 + random() * (jitter - 1)), signal)
    }
  }

  /** Renews until `signal` aborts (true) or the deadline passed without success (false). */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options
    while (!signal.aborted) {
      await sleep(clock, this.#retryPeriodMs, signal)
      if (signal.aborted) {
        return true
      }
      const left = this.#leftMs()
      if (left <= 0) {
        return false
      }
      if (!(await this.#tryAcquireOrRenew(signal, left)) && !signal.aborted) {
        if (this.#heldByOther() || !this.isLeader()) {
          return false
        }
      }
    }
    return true
  }

  #heldByOther(): boolean {
    const holder = this.#observed?.spec?.holderIdentity ?? ''
    return holder !== '' && holder !== this.#options.identity
  }

  async #tryAcquireOrRenew(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { clock, log, name, identity } = this.#options
    const deadline = withDeadline(timeoutMs, signal, clock)
    // Counted from the beginning: the server's write is not later than this tells others.
    const begun = momentOf(clock)
    try {
      if (await this.#write(begun.wall, deadline.signal)) {
        this.#renewedAt = begun
        return true
      }
    } catch (error) {
      if (!signal.aborted) {
        log.warn({ err: error, lease: name, identity }, 'cannot acquire or renew the lease')
      }
    } finally {
      deadline.clear()
    }
    return false
  }

  async #write(now: number, signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options
    if (this.#renewedAt !== undefined && this.#observed !== undefined && this.isLeader()) {
      // Nobody else should have written: save the read. A conflict falls through to it.
      try {
        this.#observe(await client.update(leases, this.#renewed(this.#observed, now), { signal }))
        return true
      } catch {
        if (signal.aborted) {
          return false
        }
      }
    }
    let lease: Lease
    try {
      lease = await client.get(leases, { namespace, name }, { signal })
    } catch (error) {
      if (!isNotFound(error)) {
        throw error
      }
      return this.#create(now, signal)
    }
    this.#observe(lease)
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== '' && holder !== identity && steadySince(clock, this.#observedAt) < this.#durationMsOf(lease)) {
      return false
    }
    this.#observe(await client.update(leases, this.#renewed(lease, now), { signal }))
    return true
  }

  /** The holder may have been started with another duration than this process. */
  #durationMsOf({ spec }: Lease): number {
    const seconds = spec?.leaseDurationSeconds ?? 0
    return seconds > 0 ? seconds * 1000 : this.#leaseDurationMs
  }

  async #create(now: number, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name } = this.#options
    try {
      this.#observe(
        await client.create(
          leases,
          {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { namespace, name },
            spec: { ...this.#holding(now), acquireTime: microTime(now), leaseTransitions: 0 },
          },
          { signal },
        ),
      )
      return true
    } catch (error) {
      if (isAlreadyExists(error)) {
        return false
      }
      throw error
    }
  }

  /** The Lease as this process wants it. Fields of others are kept. */
  #renewed(lease: Lease, now: number): Lease {
    const mine = lease.spec?.holderIdentity === this.#options.identity
    const transitions = lease.spec?.leaseTransitions ?? 0
    return {
      ...lease,
      spec: {
        ...lease.spec,
        ...this.#holding(now),
        acquireTime: mine ? (lease.spec?.acquireTime ?? microTime(now)) : microTime(now),
        leaseTransitions: mine ? transitions : transitions + 1,
      },
    }
  }

  #holding(now: number) {
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      renewTime: microTime(now),
    }
  }

  #observe(lease: Lease): void {
    const before = JSON.stringify(this.#observed?.spec)
    this.#observed = lease
    if (before !== JSON.stringify(lease.spec)) {
      this.#observedAt = momentOf(this.#options.clock)
    }
  }

  async #release(): Promise<void> {
    const { client, clock, log } = this.#options
    if (this.#observed === undefined) {
      return
    }
    const now = microTime(clock.now())
    const deadline = withDeadline(this.#renewDeadlineMs, undefined, clock)
    try {
      await client.update(
        leases,
        {
          ...this.#observed,
          spec: {
            ...this.#observed.spec,
            holderIdentity: '',
            leaseDurationSeconds: 1,
            renewTime: now,
            acquireTime: now,
          },
        },
        { signal: deadline.signal },
      )
    } catch (error) {
      log.warn({ err: error }, 'cannot give the lease back')
    } finally {
      deadline.clear()
    }
  }
}

/** Kubernetes MicroTime: RFC 3339 with exactly six digits of a second. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}
