import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { HostileServer, failure, json } from './hostile-server.test.support.ts'
import { configMaps, nodes, patchChanges, pods, type Client, type ConfigMap, type RequestObservation } from './index.ts'

let server: HostileServer
let client: Client
let observed: RequestObservation[]

beforeEach(async () => {
  observed = []
  server = await new HostileServer().start()
  client = await server.client({ timeoutMs: 2000, onRequest: (observation) => observed.push(observation) })
})

afterEach(async () => {
  await client.close()
  await server.stop()
})

const key = { namespace: 'default', name: 'a' }
const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key }, data: { x: '1' } }

/** The body that the next request of this kind carries. */
function capture(kind: 'list' | 'other', answer: object = object): Promise<unknown> {
  return new Promise((resolve) => {
    server.next(kind, (request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => (text += part))
      request.on('end', () => {
        resolve(text === '' ? undefined : JSON.parse(text))
        json(response, 200, answer)
      })
    })
  })
}

const last = () => server.requests.at(-1)

describe('requests', () => {
  test('go where Kubernetes serves them', async () => {
    await client.get(configMaps, key)
    expect(last()?.url.pathname).toBe('/api/v1/namespaces/default/configmaps/a')
    await client.get(nodes, { name: 'a/b' })
    expect(last()?.url.pathname).toBe('/api/v1/nodes/a%2Fb')
    await client.update(configMaps, object, { subresource: 'status', dryRun: true, fieldManager: 'me' })
    expect(last()).toMatchObject({ method: 'PUT' })
    expect(`${last()?.url.pathname}${last()?.url.search}`).toBe(
      '/api/v1/namespaces/default/configmaps/a/status?fieldManager=me&dryRun=All',
    )
  })

  test.each([
    ['merge', 'application/merge-patch+json'],
    ['json', 'application/json-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['apply', 'application/apply-patch+yaml'],
  ] as const)('a %s patch says so', async (type, contentType) => {
    const body = capture('other')
    const content = type === 'json' ? [{ op: 'remove', path: '/data' }] : { data: { y: '2' } }
    await client.patch(configMaps, key, { type, body: content } as Parameters<Client['patch']>[2], {
      fieldManager: 'me',
    })
    expect(await body).toEqual(content)
    expect(last()?.headers['content-type']).toBe(contentType)
  })

  test('apply needs a field manager, and can be forced', async () => {
    await expect(client.patch(configMaps, key, { type: 'apply', body: object })).rejects.toThrow('needs a fieldManager')
    await client.patch(configMaps, key, { type: 'apply', body: object, force: true }, { fieldManager: 'me' })
    expect(last()?.url.search).toBe('?fieldManager=me&force=true')
  })

  test('deletion carries its options', async () => {
    const body = capture('other')
    await client.delete(configMaps, key, {
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u' },
      gracePeriodSeconds: 0,
    })
    expect(await body).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
    })
  })

  test.each([
    [{ name: '' }, 'cannot be part of a request path'],
    [{ name: '..' }, 'cannot be part of a request path'],
  ])('a name that would lead elsewhere is refused: %j', async (bad, message) => {
    await expect(client.get(nodes, bad)).rejects.toThrow(message)
    expect(server.requests).toHaveLength(0)
  })

  test('a namespaced object without a namespace is refused', async () => {
    await expect(client.delete(configMaps, { name: 'a' })).rejects.toThrow('a namespace is missing')
  })
})

describe('failures', () => {
  test('a Status becomes an error with its reason', async () => {
    server.next('other', (_request, response) => failure(response, 409, 'Conflict', 'the object has been modified'))
    await expect(client.update(configMaps, object)).rejects.toMatchObject({
      name: 'ApiError',
      code: 409,
      reason: 'Conflict',
      message: 'the object has been modified',
    })
    expect(observed).toMatchObject([{ method: 'PUT', code: 409 }])
  })

  test('a refusal in plain text still has a reason', async () => {
    server.next('other', (_request, response) => response.writeHead(404).end('page not found'))
    await expect(client.get(configMaps, key)).rejects.toMatchObject({ code: 404, reason: 'NotFound' })
  })

  test('429 and 503 with Retry-After are tried again, without it they are not', async () => {
    server.next('other', (_request, response) =>
      failure(response, 429, 'TooManyRequests', 'slow', { 'retry-after': '0.01' }),
    )
    server.next('other', (_request, response) =>
      failure(response, 503, 'ServiceUnavailable', 'soon', { 'retry-after': '0' }),
    )
    await client.update(configMaps, object)
    expect(observed.map(({ code }) => code)).toEqual([429, 503, 200])
    server.next('other', (_request, response) => failure(response, 429, 'TooManyRequests', 'no'))
    await expect(client.update(configMaps, object)).rejects.toMatchObject({ code: 429 })
    expect(observed).toHaveLength(4)
  })

  test('who may not write any more when the server’s patience is over, does not', async () => {
    server.next('other', (_request, response) =>
      failure(response, 429, 'TooManyRequests', 'slow', { 'retry-after': '0.01' }),
    )
    const left = new Error('not any more')
    let asked = 0
    const beforeSend = () => {
      if (++asked > 1) throw left
    }
    await expect(client.update(configMaps, object, { beforeSend })).rejects.toBe(left)
    await expect(client.delete(configMaps, key, { beforeSend })).rejects.toBe(left)
    await expect(client.patch(configMaps, key, { type: 'merge', body: {} }, { beforeSend })).rejects.toBe(left)
    await expect(client.create(configMaps, object, { beforeSend })).rejects.toBe(left)
    await expect(client.createSubresource(pods, key, 'eviction', {}, { beforeSend })).rejects.toBe(left)
    await expect(client.request('POST', '/x', {}, { beforeSend })).rejects.toBe(left)
    expect(server.requests).toHaveLength(1)
  })

  test('an eviction that is refused comes back at once', async () => {
    server.next('other', (_request, response) =>
      failure(response, 429, 'TooManyRequests', 'budget', { 'retry-after': '10' }),
    )
    await expect(client.createSubresource(pods, key, 'eviction', {})).rejects.toMatchObject({
      code: 429,
      retryAfterMs: 10_000,
    })
    expect(server.requests).toHaveLength(1)
  })

  test('no answer within the deadline', async () => {
    const impatient = await server.client({ timeoutMs: 30 })
    server.next('other', () => undefined)
    await expect(impatient.get(configMaps, key)).rejects.toMatchObject({ name: 'ConnectionError', code: 'timeout' })
    await impatient.close()
  })

  test('a body that never ends runs into the deadline too', async () => {
    const impatient = await server.client({ timeoutMs: 30 })
    server.next('other', (_request, response) => response.writeHead(200).write('{"kind":'))
    await expect(impatient.get(configMaps, key)).rejects.toMatchObject({ name: 'ConnectionError', code: 'timeout' })
    await impatient.close()
  })

  test('the caller gives up', async () => {
    const abort = new AbortController()
    server.next('other', () => abort.abort(new Error('enough')))
    await expect(client.get(configMaps, key, { signal: abort.signal })).rejects.toThrow('enough')
  })

  test('a read on a connection that breaks is sent again, a write is not', async () => {
    server.next('other', (request) => request.socket.destroy())
    await client.get(configMaps, key)
    server.next('other', (request) => request.socket.destroy())
    await expect(client.update(configMaps, object)).rejects.toMatchObject({ name: 'ConnectionError', code: 'broken' })
  })

  test('nobody listens', async () => {
    await server.stop()
    await expect(client.get(configMaps, key)).rejects.toMatchObject({ name: 'ConnectionError', code: 'unreachable' })
    await server.start()
  })

  test('an answer that is not JSON', async () => {
    server.next('other', (_request, response) => response.writeHead(200).end('{"kind": oops'))
    await expect(client.get(configMaps, key)).rejects.toMatchObject({ name: 'ConnectionError', code: 'malformed' })
  })
})

test('a page of a list says where the next begins', async () => {
  for (const name of ['a', 'b', 'c']) server.put(name)
  const first = await client.list(configMaps, { namespace: 'default', limit: 2 })
  expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  const second = await client.list(configMaps, { namespace: 'default', limit: 2, continue: first.continue ?? '' })
  expect(second).toMatchObject({ items: [{ metadata: { name: 'c' } }], resourceVersion: '103' })
  expect(second.continue).toBeUndefined()
})

describe('patchChanges', () => {
  const before = { ...object, metadata: { ...key, resourceVersion: '7' }, status: { phase: 'A', n: 1 } }

  test('writes nothing when nothing changed', async () => {
    await patchChanges(client, configMaps, before, structuredClone(before))
    expect(server.requests).toHaveLength(0)
  })

  test('writes metadata and spec once and status once, in this order', async () => {
    const after = structuredClone(before)
    after.data = { x: '2' }
    Object.assign(after.metadata, { finalizers: ['f'] })
    after.status.phase = 'B'
    const main = capture('other', { ...after, metadata: { ...after.metadata, resourceVersion: '8' } })
    const status = capture('other', after)
    await patchChanges(client, configMaps, before, after, { optimisticLock: true })
    expect(await main).toEqual({ metadata: { finalizers: ['f'], resourceVersion: '7' }, data: { x: '2' } })
    expect(await status).toEqual({ metadata: { resourceVersion: '8' }, status: { phase: 'B' } })
    expect(server.requests.map(({ url }) => url.pathname.split('/').at(-1))).toEqual(['a', 'status'])
  })
})
