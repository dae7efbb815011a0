import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { HostileServer, failure, frame, json, until } from './hostile-server.test.support.ts'
import {
  configMaps,
  createReflector,
  ObjectStore,
  type Client,
  type KubeObject,
  type ReflectorTuning,
  type StoreEvent,
} from './index.ts'
import { createManualClock } from './testing/manual-clock.ts'

let server: HostileServer
let client: Client
let stop: AbortController
let running: Promise<void> | undefined

/** What a reflector told about the store, as text, so that order and repetition show. */
interface Watched {
  readonly store: ObjectStore<KubeObject>
  readonly events: string[]
  readonly errors: unknown[]
  synced: number
}

beforeEach(async () => {
  server = await new HostileServer().start()
  client = await server.client()
  stop = new AbortController()
})

afterEach(async () => {
  stop.abort()
  await running
  await client.close()
  await server.stop()
})

function reflect(tuning: Partial<ReflectorTuning> = {}): Watched {
  const store = new ObjectStore<KubeObject>()
  const watched: Watched = { store, events: [], errors: [], synced: 0 }
  const reflector = createReflector<KubeObject>({
    client,
    resource: configMaps,
    store,
    onEvent: (event) => watched.events.push(describeEvent(event)),
    onSynced: () => watched.synced++,
    onError: (error) => watched.errors.push(error),
    tuning: { backoffMs: [1, 5], inactivityMs: 60_000, ...tuning },
  })
  running = reflector.run(stop.signal)
  return watched
}

function describeEvent({ type, object, initial }: StoreEvent<KubeObject>): string {
  const { name, resourceVersion } = object.metadata
  return `${type} ${name}@${resourceVersion}${initial ? ' initial' : ''}`
}

function stateOf({ store }: Watched): Record<string, string | undefined> {
  return Object.fromEntries(store.list().map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion]))
}

/** The store holds what the server holds, and no change was told twice. */
async function expectSame(watched: Watched): Promise<void> {
  await until(() => JSON.stringify(sorted(stateOf(watched))) === JSON.stringify(sorted(server.state())), 'same state')
  expect(new Set(watched.events).size).toBe(watched.events.length)
}

function sorted(state: object): [string, unknown][] {
  return Object.entries(state).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function configMapAt(name: string, resourceVersion: string): object {
  const metadata = { namespace: 'default', name, uid: `uid-${name}`, resourceVersion }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata }
}

const watches = () => server.requests.filter(({ kind }) => kind === 'watch')
const lists = () => server.requests.filter(({ kind }) => kind === 'list')

describe('the first state', () => {
  test('comes as a stream, and the same stream goes on with changes', async () => {
    server.put('a')
    server.put('b')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.put('a')
    server.remove('b')
    server.put('c')
    await expectSame(watched)
    expect(watched.events).toEqual([
      'added a@101 initial',
      'added b@102 initial',
      'updated a@103',
      'deleted b@104',
      'added c@105',
    ])
    expect(watches()).toHaveLength(1)
    expect(lists()).toHaveLength(0)
  })

  test.each(['refused', 'ignored'] as const)('is listed in pages when the stream is %s', async (how) => {
    server.streamedList = how
    for (let index = 0; index < 7; index++) {
      server.put(`n${index}`)
    }
    const watched = reflect({ pageSize: 3, inactivityMs: 50 })
    await until(() => watched.synced === 1, 'synced')
    await expectSame(watched)
    expect(lists().map(({ url }) => url.searchParams.get('continue'))).toEqual([null, '3:107', '6:107'])
    server.put('later')
    await expectSame(watched)
    expect(watched.events.at(-1)).toBe('added later@108')
  })

  test('is listed in pages as soon as a bookmark shows that the server overlooks the request for a stream', async () => {
    server.streamedList = 'ignored'
    server.put('a')
    const watched = reflect()
    await until(() => server.openStreams === 1, 'a watch')
    server.bookmark()
    await until(() => watched.synced === 1, 'synced')
    await expectSame(watched)
    expect([watches()[0]?.url.searchParams.get('sendInitialEvents'), lists().length]).toEqual(['true', 1])
  })

  test('items of a list get the kind that lists leave out', async () => {
    server.streamedList = 'refused'
    server.put('a')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    expect(watched.store.get({ namespace: 'default', name: 'a' })).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
    })
  })

  test('starts again when the continue token expires half way, and removes nothing meanwhile', async () => {
    server.streamedList = 'refused'
    server.put('a')
    server.put('b')
    server.put('c')
    server.next('list', (_request, _response, proceed) => proceed())
    server.next('list', (_request, response) => {
      server.remove('a')
      server.put('d')
      failure(response, 410, 'Expired', 'The provided continue parameter is too old')
    })
    const watched = reflect({ pageSize: 2 })
    await until(() => watched.synced === 1, 'synced')
    await expectSame(watched)
    // In one piece, or a state that changes faster than it can be paged would never be complete.
    expect(lists().map(({ url }) => url.searchParams.get('limit'))).toEqual(['2', '2', null])
    expect(watched.events.filter((event) => event.startsWith('added a') || event.startsWith('deleted a'))).toEqual([
      'added a@101 initial',
      'deleted a@101', // its last known state
    ])
  })

  test('a page that is cut off in the middle of an item is not taken for the end', async () => {
    server.streamedList = 'refused'
    server.put('a')
    server.put('b')
    server.next('list', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(
        '{"kind":"ConfigMapList","metadata":{"resourceVersion":"102"},"items":[{"metadata":{"name":"a","nam',
      )
      setImmediate(() => response.destroy())
    })
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    await expectSame(watched)
    expect(watched.errors).toHaveLength(1)
  })

  test('survives a burst of 500, 503 and an HTML page', async () => {
    server.streamedList = 'refused'
    server.put('a')
    server.next('list', (_request, response) => failure(response, 500, 'InternalError', 'etcdserver: leader changed'))
    server.next('list', (_request, response) => failure(response, 503, 'ServiceUnavailable', 'not yet'))
    server.next('list', (_request, response) => response.writeHead(502).end('<html>bad gateway</html>'))
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    await expectSame(watched)
    expect(watched.errors).toMatchObject([{ code: 500 }, { code: 503, reason: 'ServiceUnavailable' }, { code: 502 }])
  })
})

describe('a watch', () => {
  test('goes on from the last version after a proper end and after a broken connection', async () => {
    server.put('a')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.put('b')
    await expectSame(watched)
    server.dropStreams('ended')
    server.put('c')
    await expectSame(watched)
    server.dropStreams('broken')
    server.put('a')
    server.remove('b')
    await expectSame(watched)
    expect(watched.events).toEqual([
      'added a@101 initial',
      'added b@102',
      'added c@103',
      'updated a@104',
      'deleted b@105',
    ])
    expect(watches().map(({ url }) => url.searchParams.get('resourceVersion'))).toEqual([null, '102', '103'])
    expect(lists()).toHaveLength(0)
  })

  test('that is half open is left after the time of inactivity', async () => {
    const watched = reflect({ inactivityMs: 80 })
    await until(() => watched.synced === 1, 'synced')
    server.stallStreams()
    server.put('unseen')
    await expectSame(watched)
    expect(watched.events).toEqual(['added unseen@101'])
  })

  test('resumes after a bookmark, so that a quiet kind need not be listed again', async () => {
    server.put('a')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.bookmark('500')
    server.put('b', { marker: 'after the bookmark was read' })
    server.remove('b')
    server.bookmark('600')
    await expectSame(watched)
    server.send(frame('BOOKMARK', { metadata: { resourceVersion: '700' } }))
    await until(() => watched.events.length === 3, 'b came and went')
    server.dropStreams('ended')
    await until(() => watches().length === 2, 'second watch')
    expect(watches()[1]?.url.searchParams.get('resourceVersion')).toBe('700')
  })

  test('does not go back to an out-of-order bookmark, and overlooks what the server repeats', async () => {
    server.put('listed')
    server.put('listed')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.put('a')
    server.put('a')
    await expectSame(watched)
    server.bookmark('101')
    server.send(frame('MODIFIED', configMapAt('listed', '101')))
    server.send(frame('ADDED', configMapAt('a', '103')))
    server.send(frame('DELETED', configMapAt('a', '103')))
    server.put('b')
    await expectSame(watched)
    server.dropStreams('ended')
    await until(() => watches().length === 2, 'second watch')
    expect(watches()[1]?.url.searchParams.get('resourceVersion')).toBe('105')
    expect(watched.events).toEqual(['added listed@102 initial', 'added a@103', 'updated a@104', 'added b@105'])
  })

  test('a frame cut off by the end of the stream is not applied, and comes whole afterwards', async () => {
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.send('{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"half","names')
    server.dropStreams('ended')
    server.put('whole')
    await expectSame(watched)
    expect(watched.errors).toMatchObject([{ name: 'ConnectionError', code: 'malformed' }])
    expect(watched.events).toEqual(['added whole@101'])
  })

  test('CAPI-A14 410 leads to a new list, which tells the differences only', async () => {
    server.put('stays')
    server.put('changes')
    server.put('goes')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.dropStreams('broken')
    server.put('changes')
    server.remove('goes')
    server.put('new')
    server.compact()
    await expectSame(watched)
    expect(watched.events.slice(3).toSorted()).toEqual(['added new@106', 'deleted goes@103', 'updated changes@104'])
    expect(watched.synced).toBe(1)
  })

  test('survives a restart of the server', async () => {
    server.put('a')
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    await server.stop()
    server.put('b')
    await until(() => watched.errors.length > 1, 'connection refused')
    await server.start()
    await expectSame(watched)
    expect(watched.events).toEqual(['added a@101 initial', 'added b@102'])
  })

  test.each(['1000000', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'is begun again although a 429 says to wait for %s',
    async (wait) => {
      const store = new ObjectStore<KubeObject>()
      const clock = createManualClock()
      const delays: number[] = []
      for (let index = 0; index < 2; index++) {
        server.next('watch', (_request, response) =>
          json(response, 429, { kind: 'Status', code: 429 }, { 'retry-after': wait }),
        )
      }
      const reflector = createReflector<KubeObject>({
        client,
        resource: configMaps,
        store,
        clock,
        onEvent: () => undefined,
        onError: (_error, retryInMs) => delays.push(retryInMs),
      })
      running = reflector.run(stop.signal)
      await until(() => delays.length === 1, 'refused')
      expect(delays).toEqual([60_000])
      await clock.advance(60_000)
      await until(() => delays.length === 2, 'asked again')
    },
  )

  test('waits as long as a 429 says', async () => {
    const watched = reflect()
    await until(() => watched.synced === 1, 'synced')
    server.next('watch', (_request, response) =>
      json(response, 429, { kind: 'Status', code: 429 }, { 'retry-after': '0.05' }),
    )
    server.dropStreams('ended')
    server.put('b')
    await expectSame(watched)
    expect(watches()).toHaveLength(3)
  })
})

test('an object that cannot be transformed or indexed is reported, and holds nobody up', async () => {
  server.put('good')
  server.put('bad', { size: 'x' })
  const broken: string[] = []
  const store = new ObjectStore<KubeObject>((_error, index) => broken.push(index))
  store.addIndex('size', (object) => [sizeOf(object)])
  const errors: unknown[] = []
  const events: string[] = []
  const reflector = createReflector<KubeObject>({
    client,
    resource: configMaps,
    store,
    onEvent: (event) => events.push(describeEvent(event)),
    onError: (error) => errors.push(error),
    transform(object) {
      if (object.metadata.name === 'bad') throw new Error('odd')
      return object
    },
  })
  running = reflector.run(stop.signal)
  await until(() => events.length === 1, 'the good one')
  server.put('good', { size: '3' })
  server.put('bad')
  server.put('good', {})
  await until(() => events.length === 3, 'and what came later')
  expect(events).toEqual(['added good@101 initial', 'updated good@103', 'updated good@105'])
  expect(errors).toMatchObject([{ message: 'odd' }, { message: 'odd' }])
  expect(new Set(broken)).toEqual(new Set(['size']))
  expect(store.byIndex('size', '3')).toEqual([])
  expect(watches()).toHaveLength(1)
})

function sizeOf(object: KubeObject): string {
  const { size } = (object as { data?: Record<string, string> }).data ?? {}
  if (size === undefined) throw new TypeError('no size')
  return size
}

test('a store that was kept through many faults is the same as the server', async () => {
  const watched = reflect({ inactivityMs: 40 })
  for (let round = 0; round < 60; round++) {
    server.put(`n${round % 7}`)
    if (round % 3 === 0) server.remove(`n${(round + 3) % 7}`)
    if (round % 5 === 0) server.dropStreams(round % 2 === 0 ? 'ended' : 'broken')
    if (round % 11 === 0) server.stallStreams()
    if (round % 13 === 0) server.compact()
    if (round % 4 === 0) await until(() => server.openStreams > 0, 'watched again')
  }
  await expectSame(watched)
  expect(stateOf(watched)).toEqual(server.state())
})
