import { createManualClock } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { leaveOnAbort, withDeadline } from './deadline.ts'

const hang = (): Promise<never> => new Promise(() => undefined)

describe('withDeadline', () => {
  it('returns the answer and leaves no timer', async () => {
    const clock = createManualClock()
    expect(await withDeadline({ clock, signal: new AbortController().signal }, 1_000, async () => 7)).toBe(7)
    expect(clock.pending).toBe(0)
  })

  it('ends a call that ignores its signal', async () => {
    const clock = createManualClock()
    let inner: AbortSignal | undefined
    const work = withDeadline({ clock, signal: new AbortController().signal }, 1_000, (signal) => {
      inner = signal
      return hang()
    })
    work.catch(() => undefined)
    await clock.advance(1_000)
    await expect(work).rejects.toMatchObject({ code: 'Unavailable', reason: 'DeadlineExceeded' })
    expect(inner?.aborted).toBe(true)
  })

  it('ends when the caller gives up, before and during the call', async () => {
    const clock = createManualClock()
    const caller = new AbortController()
    const during = withDeadline({ clock, signal: caller.signal }, 1_000, hang)
    caller.abort(new Error('shutting down'))
    await expect(during).rejects.toMatchObject({ reason: 'Aborted', cause: { message: 'shutting down' } })
    let called = false
    const before = withDeadline({ clock, signal: caller.signal }, 1_000, async () => (called = true))
    await expect(before).rejects.toMatchObject({ reason: 'Aborted' })
    expect(called).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('passes on what the call throws, also synchronously', async () => {
    const clock = createManualClock()
    const work = withDeadline({ clock, signal: new AbortController().signal }, 1_000, () => {
      throw new TypeError('defect')
    })
    await expect(work).rejects.toThrow('defect')
  })
})

describe('leaveOnAbort', () => {
  it('leaves without ending the work', async () => {
    const { promise: work, resolve } = Promise.withResolvers<number>()
    const caller = new AbortController()
    const leaving = leaveOnAbort(work, caller.signal)
    caller.abort()
    await expect(leaving).rejects.toMatchObject({ reason: 'Aborted' })
    resolve(3)
    expect(await leaveOnAbort(work, new AbortController().signal)).toBe(3)
  })
})
