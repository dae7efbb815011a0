import { setImmediate } from 'node:timers/promises'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { configMaps, createReflector, ObjectStore, type ConfigMap, type KubeObject, type StoreEvent } from './index.ts'
import { SimulatedServer, type Fault, type StreamedList } from './simulated-server.test.support.ts'
import { createManualClock } from './testing/manual-clock.ts'

type Step =
  | { readonly do: 'put' | 'remove' | 'recreate'; readonly name: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'fail'; readonly kind: 'list' | 'watch'; readonly fault: Fault }
  | { readonly do: 'serve'; readonly streamedList: StreamedList }
  | { readonly do: 'rewind'; readonly by: number }
  | { readonly do: 'bookmark' | 'end' | 'break' | 'stall' | 'compact' | 'expire' | 'breathe' }

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'recreate' as const), name }) },
)
const time = fc.oneof(
  fc.record({ do: fc.constant('breathe' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 900, 5_000, 100_000) }),
)
/** What costs the client its stream and not its place in it. */
const interruption = fc.oneof(
  fc.record({ do: fc.constantFrom('bookmark' as const, 'end' as const, 'break' as const, 'stall' as const) }),
  fc.record({ do: fc.constant('rewind' as const), by: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constant('fail' as const),
    kind: fc.constant('watch' as const),
    fault: fc.constantFrom<Fault[]>(
      'throttled',
      'unavailable',
      'refused',
      'broken',
      'cut in the middle',
      'ends at once',
    ),
  }),
)
/** What makes it read everything again, or makes that fail. */
const upheaval = fc.oneof(
  fc.record({ do: fc.constantFrom('compact' as const, 'expire' as const) }),
  fc.record({
    do: fc.constant('fail' as const),
    kind: fc.constantFrom('list' as const, 'watch' as const),
    fault: fc.constantFrom<Fault[]>('says 410', 'unavailable', 'broken', 'cut in the middle'),
  }),
  fc.record({
    do: fc.constant('serve' as const),
    streamedList: fc.constantFrom<StreamedList[]>('understood', 'refused', 'ignored'),
  }),
)

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await setImmediate()
}

/** A reflector on a simulated server, and what it has told. */
function reflect(server: SimulatedServer) {
  const clock = createManualClock()
  const store = new ObjectStore<ConfigMap>()
  const told: StoreEvent<KubeObject>[] = []
  const stop = new AbortController()
  const reflector = createReflector({
    client: server.client(),
    resource: configMaps,
    store,
    onEvent: (event) => void told.push(event),
    clock,
    tuning: { pageSize: 2 },
  })
  const running = reflector.run(stop.signal)

  return {
    clock,
    store,
    told,
    /** Long enough for every back-off and every silent stream. */
    async recover(): Promise<void> {
      for (let round = 0; round < 12; round++) {
        await settle()
        await clock.advance(100_000)
      }
      await settle()
    },
    async end(): Promise<void> {
      stop.abort()
      await running
    },
  }
}

async function play(server: SimulatedServer, reflected: ReturnType<typeof reflect>, steps: readonly Step[]) {
  for (const step of steps) {
    switch (step.do) {
      case 'put':
        server.put(step.name)
        break
      case 'remove':
        server.remove(step.name)
        break
      case 'recreate':
        server.remove(step.name)
        server.put(step.name)
        break
      case 'fail':
        server.faults.push(step)
        break
      case 'serve':
        server.streamedList = step.streamedList
        break
      case 'bookmark':
        server.bookmark()
        break
      case 'rewind':
        server.bookmark(Math.max(server.oldest, server.version - step.by))
        break
      case 'end':
        server.endStreams()
        break
      case 'break':
        server.breakStreams()
        break
      case 'stall':
        server.stallStreams()
        break
      case 'compact':
        server.compact()
        break
      case 'expire':
        server.sendExpired()
        break
      case 'breathe':
        await settle()
        break
      case 'pass':
        await reflected.clock.advance(step.ms)
        break
    }
  }
  server.faults.length = 0
}

/** What is wrong with a history as somebody would tell it who knows nothing but the events. */
function contradictions(told: readonly StoreEvent<KubeObject>[]): string[] {
  const present = new Map<string, string>()
  const wrong: string[] = []
  for (const { type, object, old } of told) {
    const { name: key = '', resourceVersion = '' } = object.metadata
    const before = present.get(key)
    if ((before === undefined) !== (type === 'added')) wrong.push(`${type} ${key} after ${before}`)
    if (old?.metadata.resourceVersion !== before) wrong.push(`${key}: old is not ${before}`)
    if (type === 'updated' && Number(resourceVersion) <= Number(before)) {
      wrong.push(`${key} goes from ${before} to ${resourceVersion}`)
    }
    if (type === 'deleted') present.delete(key)
    else present.set(key, resourceVersion)
  }
  return wrong
}

function stateOf(store: ObjectStore<ConfigMap>): Map<string, string> {
  return new Map(store.list().map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion ?? '']))
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

test('whatever the server does, the store becomes the same as it, and its events tell one possible history', async () => {
  const steps = fc.array(
    fc.oneof({ weight: 4, arbitrary: change }, { weight: 4, arbitrary: time }, interruption, upheaval),
    {
      minLength: 5,
      maxLength: 60,
    },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const server = new SimulatedServer()
      const reflected = reflect(server)
      await play(server, reflected, all)
      await reflected.recover()
      expect(sorted(stateOf(reflected.store))).toEqual(sorted(server.state()))
      expect(contradictions(reflected.told)).toEqual([])
      await reflected.end()
    }),
    { numRuns: 400 },
  )
}, 60_000)

test('as long as the server forgets nothing, every change is told once and in order', async () => {
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: change }, { weight: 4, arbitrary: time }, interruption), {
    minLength: 5,
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const server = new SimulatedServer()
      const reflected = reflect(server)
      await reflected.recover()
      await play(server, reflected, all)
      await reflected.recover()
      const types = { added: 'ADDED', updated: 'MODIFIED', deleted: 'DELETED' }
      expect(reflected.told.map(({ type, object }) => `${types[type]} ${object.metadata.resourceVersion}`)).toEqual(
        server.history.map(({ type, version }) => `${type} ${version}`),
      )
      expect(server.readings).toBe(1)
      await reflected.end()
    }),
    { numRuns: 400 },
  )
}, 60_000)
