import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createManualClock } from '@machinepool/kube/testing'
import { Heap } from './heap.ts'
import { ItemBackoff } from './rate-limiter.ts'
import { lowPriority, mostPassedOver, WorkQueue, type Lease } from './work-queue.ts'

test('a heap gives its items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const popped = numbers.map(() => heap.pop())
      expect(popped).toEqual(numbers.toSorted((a, b) => a - b))
      expect(heap.pop()).toBeUndefined()
    }),
  )
})

function createQueue() {
  const clock = createManualClock(0)
  const ready = { calls: 0 }
  const queue = new WorkQueue<string>({ clock, key: (item) => item, onReady: () => ready.calls++ })
  return { clock, queue, ready }
}

function drain(queue: WorkQueue<string>): string[] {
  const items: string[] = []
  for (let lease = queue.take(); lease !== undefined; lease = queue.take()) items.push(lease.item)
  return items
}

describe('the queue', () => {
  test('leaves no timer behind once it is closed, also for what is added after that', () => {
    let timers = 0
    const after = () => {
      timers++
      return () => timers--
    }
    const clock = { now: () => 0, after }
    const queue = new WorkQueue<string>({ clock, key: (item) => item, onReady: () => {} })
    queue.add('before', { afterMs: 60_000 })
    expect(timers).toBe(1)
    queue.close()
    queue.add('after', { afterMs: 1000 })
    expect(timers).toBe(0)
  })

  test('keeps the order of arrival, and an item only once', () => {
    const { queue } = createQueue()
    for (const item of ['b', 'a', 'b', 'c', 'a']) queue.add(item)
    expect(queue.size).toBe(3)
    expect(drain(queue)).toEqual(['b', 'a', 'c'])
  })

  test('takes what happens now before the first listing', () => {
    const { queue } = createQueue()
    for (const item of ['a', 'b', 'c']) queue.add(item, { priority: lowPriority })
    queue.add('c')
    queue.add('d')
    expect(drain(queue)).toEqual(['c', 'd', 'a', 'b'])
  })

  test('gives an item that is worked on only after it is done', () => {
    const { queue, ready } = createQueue()
    queue.add('a')
    const lease = queue.take()
    queue.add('a')
    expect(queue.take()).toBeUndefined()
    const before = ready.calls
    queue.done(lease?.key ?? '')
    expect(ready.calls).toBe(before + 1)
    expect(queue.take()?.item).toBe('a')
  })

  test('an event brings a delayed item forward, a delay does not put it off', async () => {
    const { clock, queue, ready } = createQueue()
    queue.add('a', { afterMs: 1000 })
    queue.add('b', { afterMs: 500 })
    queue.add('b', { afterMs: 2000 })
    expect(queue.take()).toBeUndefined()
    expect(queue.depth).toBe(0)
    queue.add('a')
    expect(drain(queue)).toEqual(['a'])
    const before = ready.calls
    await clock.advance(499)
    expect(ready.calls).toBe(before)
    await clock.advance(1)
    expect(ready.calls).toBe(before + 1)
    expect(queue.take()).toMatchObject({ item: 'b', waitedMs: 0 })
  })
})

test('failures of one item delay only that item, from 5 ms to 1000 s', () => {
  const backoff = new ItemBackoff()
  expect(Array.from({ length: 20 }, () => backoff.next('a')).slice(0, 4)).toEqual([5, 10, 20, 40])
  expect(backoff.next('a')).toBe(1_000_000)
  expect(backoff.next('b')).toBe(5)
  backoff.forget('a')
  expect(backoff.next('a')).toBe(5)
})

test('a steady flow of urgent items does not starve the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 5, 100), (count, urgency) => {
      const { queue } = createQueue()
      for (let index = 0; index < count; index++) queue.add(`patient-${index}`, { priority: lowPriority })
      const patient: string[] = []
      for (let round = 0; round < count * (mostPassedOver + 1); round++) {
        queue.add(`urgent-${round}`, { priority: urgency })
        const lease = queue.take()
        queue.done(lease?.key ?? '')
        if (lease?.item.startsWith('patient')) patient.push(lease.item)
      }
      expect(patient).toEqual(Array.from({ length: count }, (_, index) => `patient-${index}`))
    }),
  )
})

test('the first listing waits behind all but a ninth of what happens now', () => {
  const { queue } = createQueue()
  for (let index = 0; index < 100; index++) queue.add(`listed-${index}`, { priority: lowPriority })
  for (let index = 0; index < 90; index++) queue.add(`urgent-${index}`)
  const first = drain(queue).slice(0, 90)
  expect(first.filter((name) => name.startsWith('urgent'))).toHaveLength(80)
})

test('an item that has become urgent has waited since it was first there', async () => {
  const { clock, queue } = createQueue()
  queue.add('a', { priority: lowPriority })
  await clock.advance(50)
  queue.add('a')
  await clock.advance(10)
  expect(queue.take()).toMatchObject({ item: 'a', priority: 0, waitedMs: 60 })
})

interface Modelled {
  readonly item: string
  priority: number
  readyAt: number
  since: number
  readonly sequence: number
}

/** The same as the queue, without heaps, timers or thrift: a list that is searched. */
class Model {
  waiting: Modelled[] = []
  readonly working = new Set<string>()
  #sequence = 0
  #passedOver = 0

  add(name: string, now: number, afterMs: number, priority: number): void {
    const readyAt = now + afterMs
    const known = this.waiting.find((entry) => entry.item === name)
    if (known === undefined) {
      this.waiting.push({ item: name, priority, readyAt, since: readyAt, sequence: this.#sequence++ })
    } else {
      known.priority = Math.max(known.priority, priority)
      known.readyAt = Math.min(known.readyAt, readyAt)
      known.since = known.readyAt
    }
  }

  take(now: number): string | undefined {
    const ready = this.waiting.filter((entry) => entry.readyAt <= now && !this.working.has(entry.item))
    const [first] = ready.toSorted((a, b) => b.priority - a.priority || a.sequence - b.sequence)
    if (first === undefined) return undefined
    // Only the first of each priority is compared: equals keep the order of arrival.
    const heads = ready.filter(
      (entry) => !ready.some((other) => other.priority === entry.priority && other.sequence < entry.sequence),
    )
    const [oldest = first] = heads.toSorted((a, b) => a.since - b.since || a.sequence - b.sequence)
    const passesOver = oldest !== first && this.#passedOver < mostPassedOver
    this.#passedOver = passesOver ? this.#passedOver + 1 : 0
    const next = passesOver ? first : oldest
    this.waiting = this.waiting.filter((entry) => entry !== next)
    this.working.add(next.item)
    return next.item
  }
}

const item = fc.constantFrom(...Array.from({ length: 16 }, (_, index) => `item-${index}`))
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant('add'), item, fc.constantFrom(0, 0, 5, 30), fc.constantFrom(lowPriority, 0, 10)),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constant('take')) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('done'), fc.nat(3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('advance'), fc.constantFrom(1, 5, 40)) },
)

test('does what the model does, whatever is asked of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const { clock, queue } = createQueue()
      const model = new Model()
      const leases: Lease<string>[] = []
      const taken: [real: string | undefined, modelled: string | undefined][] = []
      for (const [action, ...rest] of steps) {
        if (action === 'add') {
          const [name, afterMs, priority] = rest as [string, number, number]
          queue.add(name, { afterMs, priority })
          model.add(name, clock.now(), afterMs, priority)
        } else if (action === 'take') {
          const lease = queue.take()
          taken.push([lease?.item, model.take(clock.now())])
          if (lease !== undefined) leases.push(lease)
        } else if (action === 'done') {
          const [lease] = leases.splice((rest[0] as number) % Math.max(1, leases.length), 1)
          if (lease !== undefined) {
            queue.done(lease.key)
            model.working.delete(lease.item)
          }
        } else {
          await clock.advance(rest[0] as number)
        }
        expect(queue.size).toBe(model.waiting.length)
        expect(queue.depth).toBe(model.waiting.filter(({ readyAt }) => readyAt <= clock.now()).length)
      }
      expect(taken.map(([real]) => real)).toEqual(taken.map(([, modelled]) => modelled))
    }),
  )
})
