import { ProviderError, type Clock, type EpochMillis } from '@machinepool/contract'

import { abortedError } from './deadline.ts'

/** Whom a cloud throttles together. */
export interface CallScope {
  readonly account: string
  readonly region: string
  /** `autoscaling:Describe`, `compute.instanceGroupManagers`: the cloud's own unit of rate limiting. */
  readonly api: string
}

export interface CallGateOptions {
  readonly clock: Clock
  /** Calls per second in the long run. */
  readonly ratePerSecond: number
  /** Calls that may be made at once after a quiet time. */
  readonly burst: number
  /** A call that would wait longer is answered `Throttled` at once: a worker must not sleep (R16). Default 10 000. */
  readonly maximumWaitMs?: number
  /** First pause after a throttled call; doubles with each further one. Defaults 1 000 and 60 000. */
  readonly backoff?: { readonly initialMs: number; readonly maximumMs: number }
}

/** Everything of one scope goes through one gate. */
export interface CallGate {
  /**
   * Makes the call when its turn has come. When the cloud answers `Throttled`, everybody of the scope pauses; then one
   * call goes ahead, and only when it succeeds do the others follow, at a rate that recovers step by step.
   * @throws `Throttled` with `retryAfterMs` instead of waiting longer than `maximumWaitMs`; what `call` throws
   */
  run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>
}

/** Gates by scope, made when first asked for. */
export interface CallGates {
  for(scope: CallScope): CallGate
}

export function createCallGates(options: CallGateOptions): CallGates {
  const gates = new Map<string, CallGate>()
  return {
    for(scope) {
      const id = JSON.stringify([scope.account, scope.region, scope.api])
      let gate = gates.get(id)
      if (!gate) {
        gate = createCallGate(options)
        gates.set(id, gate)
      }
      return gate
    },
  }
}

// After throttling the rate is halved, never below a tenth, and each success gives back a twentieth.
const slowDown = 0.5
const slowest = 0.1
const recovery = 0.05

interface Turn {
  readonly latestAt: EpochMillis
  readonly go: () => void
  readonly refuse: (error: ProviderError) => void
}

export function createCallGate(options: CallGateOptions): CallGate {
  const { clock, ratePerSecond, burst } = options
  const maximumWaitMs = options.maximumWaitMs ?? 10_000
  const backoff = options.backoff ?? { initialMs: 1_000, maximumMs: 60_000 }
  const queue: Turn[] = []
  let tokens = burst
  let filledAt = clock.now()
  let speed = 1
  let pausedUntil = 0
  let throttledInRow = 0
  // Counts pauses: what began before the last one says nothing about now.
  let generation = 0
  // While the cloud throttles, one call at a time tries whether it still does.
  let probing = false
  let cancelTimer: (() => void) | undefined

  /** Milliseconds from one call to the next. */
  const turnMs = (): number => 1_000 / (ratePerSecond * speed)

  const refill = (): void => {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * ratePerSecond * speed)
    filledAt = now
  }

  /** Milliseconds until the next call may go; `undefined` while a probe must come back first. */
  const wait = (): number | undefined => {
    const now = clock.now()
    if (now < pausedUntil) return pausedUntil - now
    if (throttledInRow > 0 && probing) return undefined
    // Rounded up, and forgiving about what floating point loses.
    return tokens >= 1 - 1e-9 ? 0 : Math.ceil((1 - tokens) * turnMs())
  }

  const serve = (): void => {
    cancelTimer?.()
    cancelTimer = undefined
    refill()
    refuseLate()
    while (queue.length > 0) {
      const delay = wait()
      if (delay === undefined) return
      if (delay > 0) {
        cancelTimer = clock.after(delay, serve)
        return
      }
      tokens -= 1
      if (throttledInRow > 0) probing = true
      queue.shift()!.go()
    }
  }

  const refuseLate = (): void => {
    const opensAt = Math.max(clock.now(), pausedUntil)
    for (let index = queue.length - 1; index >= 0; index--) {
      const turn = queue[index]!
      if (turn.latestAt >= opensAt) continue
      queue.splice(index, 1)
      turn.refuse(throttled(Math.max(opensAt - clock.now(), turnMs())))
    }
  }

  const succeeded = (): void => {
    throttledInRow = 0
    speed = Math.min(1, speed + recovery)
  }

  const pause = (error: ProviderError): void => {
    generation += 1
    throttledInRow += 1
    speed = Math.max(slowest, speed * slowDown)
    const doubled = backoff.initialMs * 2 ** (throttledInRow - 1)
    pausedUntil = clock.now() + Math.max(error.retryAfterMs ?? 0, Math.min(backoff.maximumMs, doubled))
  }

  const learn = (began: number, outcome: ProviderError | undefined): void => {
    if (began !== generation) return
    probing = false
    if (outcome?.code === 'Throttled') pause(outcome)
    // A call that got no answer shows nothing; the next one tries again alone.
    else if (outcome?.code !== 'Unavailable') succeeded()
  }

  const turnOf = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const turn: Turn = {
        latestAt: clock.now() + maximumWaitMs,
        go: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
        refuse: (error) => {
          signal.removeEventListener('abort', leave)
          reject(error)
        },
      }
      const leave = (): void => {
        const index = queue.indexOf(turn)
        if (index >= 0) queue.splice(index, 1)
        reject(abortedError(signal))
      }
      signal.addEventListener('abort', leave, { once: true })
      queue.push(turn)
      serve()
    })

  return {
    async run(signal, call) {
      if (signal.aborted) throw abortedError(signal)
      refill()
      const ahead = Math.max(0, queue.length + 1 - tokens - 1e-9) * turnMs()
      if (ahead > maximumWaitMs) throw throttled(ahead)
      await turnOf(signal)
      const began = generation
      try {
        const result = await call()
        learn(began, undefined)
        return result
      } catch (error) {
        learn(began, ProviderError.is(error) ? error : undefined)
        throw error
      } finally {
        serve()
      }
    },
  }
}

function throttled(retryAfterMs: number): ProviderError {
  return new ProviderError({
    code: 'Throttled',
    message: `Too many calls of this account, region and API; the next may be made in ${Math.ceil(retryAfterMs / 1_000)} s.`,
    retryAfterMs: Math.ceil(retryAfterMs),
  })
}
