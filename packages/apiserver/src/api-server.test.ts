import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createApiServer, type ApiServer } from './api-server.ts'
import type { JsonObject } from './json.ts'

let server: ApiServer

interface Answer {
  readonly code: number
  readonly headers: IncomingMessage['headers']
  readonly body: JsonObject
}

interface Send {
  readonly method?: string
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Record<string, string>
}

function open(
  path: string,
  { method = 'GET', body, type = 'application/json', headers = {} }: Send = {},
): Promise<IncomingMessage> {
  const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${server.url}${path}`, {
      method,
      ca: server.certificateAuthority,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(bytes === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(bytes)) }),
        ...headers,
      },
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.end(bytes)
  })
}

async function call(path: string, send: Send = {}): Promise<Answer> {
  const response = await open(path, send)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
  return {
    code: response.statusCode ?? 0,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as JsonObject) : { text },
  }
}

interface WatchLine {
  type: string
  object: {
    kind: string
    metadata: { name?: string; resourceVersion: string; annotations?: Record<string, string> }
    code?: number
    reason?: string
  }
}

/** Reads events until there are `count`, then hangs up. */
async function watch(
  path: string,
  count: number,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<WatchLine[]> {
  const response = await open(path)
  const lines: WatchLine[] = []
  let rest = ''
  const acted = meanwhile()
  for await (const chunk of response.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.map((line) => JSON.parse(line) as WatchLine))
    if (lines.length >= count) break
  }
  await acted
  response.destroy()
  return lines
}

const configMaps = '/api/v1/namespaces/default/configmaps'

function configMap(name: string, more: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more } }
}

async function revision(): Promise<string> {
  const { body } = await call('/api/v1/namespaces?limit=1')
  return (body['metadata'] as { resourceVersion: string }).resourceVersion
}

beforeAll(async () => {
  server = await createApiServer({ history: 200 })
})

afterAll(() => server.close())

describe('access', () => {
  test('needs the token for everything but health and version', async () => {
    const anonymous = { headers: { authorization: '' } }
    expect((await call('/version', anonymous)).code).toBe(200)
    expect((await call('/readyz', anonymous)).code).toBe(200)
    for (const path of ['/api', '/apis', '/openapi/v3', configMaps]) {
      expect(await call(path, anonymous)).toMatchObject({ code: 401, body: { reason: 'Unauthorized', kind: 'Status' } })
    }
    const wrong = { headers: { authorization: 'Bearer wrong' }, method: 'POST', body: configMap('a') }
    expect((await call(configMaps, wrong)).code).toBe(401)
  })

  test('listens on this machine only', () => {
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  })
})

describe('requests that make no sense', () => {
  test.each<[string, Send, number, string]>([
    ['/apis/apps/v9', {}, 404, 'NotFound'],
    ['/api/v1/configmaps/a', {}, 404, 'NotFound'],
    [`${configMaps}/none`, {}, 404, 'NotFound'],
    [`${configMaps}/%zz`, {}, 400, 'BadRequest'],
    [configMaps, { method: 'PUT', body: configMap('a') }, 405, 'MethodNotAllowed'],
    [configMaps, { method: 'POST', body: '{' }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: '[]' }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: configMap('a'), type: 'text/plain' }, 415, 'UnsupportedMediaType'],
    [configMaps, { method: 'POST', body: { ...configMap('a'), kind: 'Secret' } }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: { ...configMap('a'), apiVersion: 'v2' } }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: configMap('a', { namespace: 'other' }) }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: configMap('a', { labels: { a: 1 } }) }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: { ...configMap('a'), data: { a: 1 } } }, 400, 'BadRequest'],
    [configMaps, { method: 'POST', body: configMap('') }, 422, 'Invalid'],
    [`${configMaps}?dryRun=Some`, { method: 'POST', body: configMap('a') }, 422, 'Invalid'],
    [configMaps, { method: 'POST', body: '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}' }, 400, 'BadRequest'],
    [
      configMaps,
      { method: 'POST', body: '{"metadata":{"name":"a"},"data":{"\\u005f_proto__":"x"}}' },
      400,
      'BadRequest',
    ],
    [configMaps, { method: 'POST', body: '['.repeat(5000) }, 400, 'BadRequest'],
    [
      configMaps,
      { method: 'POST', body: `{"data":{"a":"${'x'.repeat(4 * 1024 * 1024)}"}}` },
      413,
      'RequestEntityTooLarge',
    ],
    [
      configMaps,
      { method: 'POST', body: Buffer.from('k8s\0\xff\xff', 'latin1'), type: 'application/vnd.kubernetes.protobuf' },
      400,
      'BadRequest',
    ],
    [`${configMaps}?limit=x`, {}, 400, 'BadRequest'],
    [`${configMaps}?continue=x`, {}, 400, 'BadRequest'],
    [`${configMaps}?labelSelector=%3D`, {}, 400, 'BadRequest'],
    [configMaps, { headers: { accept: 'text/html' } }, 406, 'NotAcceptable'],
  ])('%s %#: %i', async (path, send, code, reason) => {
    expect(await call(path, send)).toMatchObject({ code, body: { kind: 'Status', status: 'Failure', reason, code } })
  })

  test.each(['/apis/none.example.com/v1/things', '/apis/apps/v7/deployments'])('%s is no page', async (path) => {
    expect(await call(path)).toMatchObject({ code: 404, body: { text: '404 page not found\n' } })
  })

  test('leave objects without a polluted prototype', () => {
    expect(({} as JsonObject)['polluted']).toBeUndefined()
  })
})

function namesOf(list: JsonObject): string[] {
  return (list['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)
}

describe('objects', () => {
  test('are named, dated and versioned by the server', async () => {
    const { code, body } = await call(configMaps, {
      method: 'POST',
      body: { metadata: { generateName: 'made-', uid: 'mine', generation: 7 } },
    })
    expect(code).toBe(201)
    expect(body['metadata']).toMatchObject({
      name: expect.stringMatching(/^made-[a-z0-9]{5}$/),
      namespace: 'default',
      uid: expect.stringMatching(/^[-0-9a-f]{36}$/),
    })
  })

  test('warn of unknown fields, drop them, or are refused', async () => {
    const warned = await call(configMaps, { method: 'POST', body: { ...configMap('warned'), colour: 'red' } })
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"colour\\""')
    expect(warned.body).not.toHaveProperty('colour')
    const ignored = await call(`${configMaps}?fieldValidation=Ignore`, {
      method: 'POST',
      body: { ...configMap('ignored'), colour: 'red' },
    })
    expect(ignored.headers).not.toHaveProperty('warning')
    const strict = await call(`${configMaps}?fieldValidation=Strict`, {
      method: 'POST',
      body: { ...configMap('strict'), colour: 'red' },
    })
    expect(strict).toMatchObject({
      code: 400,
      body: { message: expect.stringContaining('strict decoding error: unknown field "colour"') },
    })
  })

  test('do not change when nothing changes', async () => {
    const { body: created } = await call(configMaps, { method: 'POST', body: configMap('same') })
    const { body: updated } = await call(`${configMaps}/same`, { method: 'PUT', body: created })
    expect(updated).toEqual(created)
    const patched = await call(`${configMaps}/same`, {
      method: 'PATCH',
      body: { data: {} },
      type: 'application/merge-patch+json',
    })
    expect(patched.code).toBe(200)
  })

  test('are deleted under preconditions', async () => {
    await call(configMaps, { method: 'POST', body: configMap('guarded') })
    const wrong = { method: 'DELETE', body: { preconditions: { uid: 'other' } } }
    expect(await call(`${configMaps}/guarded`, wrong)).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    expect(await call(`${configMaps}/guarded`, { method: 'DELETE' })).toMatchObject({
      code: 200,
      body: { status: 'Success', details: { name: 'guarded', kind: 'configmaps' } },
    })
  })

  test('wait for their finalizers', async () => {
    await call(configMaps, { method: 'POST', body: configMap('held', { finalizers: ['example.com/hold'] }) })
    const deleted = await call(`${configMaps}/held`, { method: 'DELETE' })
    expect(deleted.body['metadata']).toMatchObject({ deletionTimestamp: expect.any(String) })
    const release = { method: 'PATCH', body: { metadata: { finalizers: null } }, type: 'application/merge-patch+json' }
    expect((await call(`${configMaps}/held`, release)).code).toBe(200)
    expect((await call(`${configMaps}/held`)).code).toBe(404)
  })

  test('are listed page by page as they were', async () => {
    for (const name of ['pg-1', 'pg-2', 'pg-3'])
      await call(configMaps, { method: 'POST', body: configMap(name, { labels: { paged: 'yes' } }) })
    const selector = 'labelSelector=paged%3Dyes&limit=2'
    const { body: first } = await call(`${configMaps}?${selector}`)
    await call(`${configMaps}/pg-3`, { method: 'DELETE' })
    const token = (first['metadata'] as { continue: string }).continue
    const { body: second } = await call(`${configMaps}?${selector}&continue=${token}`)
    expect([...namesOf(first), ...namesOf(second)]).toEqual(['pg-1', 'pg-2', 'pg-3'])
    expect(second['metadata']).toEqual({ resourceVersion: (first['metadata'] as JsonObject)['resourceVersion'] })
  })
})

describe('watches', () => {
  test('send changes after a version', async () => {
    const from = await revision()
    const events = await watch(`${configMaps}?watch=1&resourceVersion=${from}`, 3, async () => {
      await call(configMaps, { method: 'POST', body: configMap('seen') })
      await call(`${configMaps}/seen`, {
        method: 'PATCH',
        body: { data: { a: 'b' } },
        type: 'application/merge-patch+json',
      })
      await call(`${configMaps}/seen`, { method: 'DELETE' })
    })
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'seen'],
      ['MODIFIED', 'seen'],
      ['DELETED', 'seen'],
    ])
    const again = await watch(`${configMaps}?watch=1&resourceVersion=${from}`, 3)
    expect(again).toEqual(events)
  })

  test('show what enters and leaves a selection', async () => {
    await call(configMaps, { method: 'POST', body: configMap('mover') })
    const from = await revision()
    const label = (value: string | null) =>
      call(`${configMaps}/mover`, {
        method: 'PATCH',
        body: { metadata: { labels: { in: value } } },
        type: 'application/merge-patch+json',
      })
    const events = await watch(`${configMaps}?watch=1&labelSelector=in%3Dyes&resourceVersion=${from}`, 2, async () => {
      await label('yes')
      await label(null)
    })
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED'])
  })

  test('begin with the present objects and say where these end', async () => {
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const events = await watch(`/api/v1/namespaces?${query}`, 5)
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK'])
    expect(events.at(-1)?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })

  test('that cannot be continued are refused', async () => {
    const from = await revision()
    for (let count = 0; count < 450; count += 1) {
      await call(configMaps, { method: 'POST', body: { metadata: { generateName: 'fill-' } } })
    }
    expect(await call(`${configMaps}?watch=1&resourceVersion=${from}`)).toMatchObject({
      code: 410,
      body: { reason: 'Expired' },
    })
    expect(await call(`${configMaps}?watch=1&resourceVersion=99999999`)).toMatchObject({ code: 504 })
    expect(await call(`${configMaps}?watch=1&sendInitialEvents=true`)).toMatchObject({ code: 422 })
  })
})

function version(name: string, storage: boolean): object {
  return {
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    },
  }
}

test('hooks convert and decide', async () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'hooked.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'hooked', kind: 'Hooked' },
      versions: [version('v1', false), version('v2', true)],
    },
  }
  const hooked = await createApiServer({
    crds: [crd],
    hooks: {
      'Hooked.example.com': {
        convert: (object, apiVersion) => {
          const { old, current } = object['spec'] as { old?: string; current?: string }
          return { ...object, spec: apiVersion.endsWith('v1') ? { old: current } : { current: old } }
        },
        admit: ({ object }) =>
          (object['spec'] as { current?: string }).current === 'bad'
            ? { errors: [{ field: 'spec.current', message: 'is bad', value: 'bad' }] }
            : { object: { ...object, metadata: { ...object.metadata, labels: { admitted: 'yes' } } } },
      },
    },
  })
  const saved = server
  server = hooked
  const create = (value: string) =>
    call('/apis/example.com/v1/hooked', {
      method: 'POST',
      body: { apiVersion: 'example.com/v1', kind: 'Hooked', metadata: { name: value }, spec: { old: value } },
    })
  expect(await create('good')).toMatchObject({
    code: 201,
    body: { apiVersion: 'example.com/v1', spec: { old: 'good' }, metadata: { labels: { admitted: 'yes' } } },
  })
  expect((await call('/apis/example.com/v2/hooked/good')).body).toMatchObject({
    apiVersion: 'example.com/v2',
    spec: { current: 'good' },
  })
  expect(await create('bad')).toMatchObject({
    code: 422,
    body: {
      details: {
        causes: [{ field: 'spec.current', reason: 'FieldValueInvalid', message: 'Invalid value: "bad": is bad' }],
      },
    },
  })
  server = saved
  await hooked.close()
})

test('a connection that has not begun to speak does not hold up the end', async () => {
  const closing = await createApiServer()
  const { port } = new URL(closing.url)
  const silent = connect(Number(port), '127.0.0.1')
  const ended = once(silent, 'close')
  // Its end is a reset, which is no news.
  silent.on('error', () => undefined)
  await once(silent, 'connect')
  await closing.close()
  await ended
  expect(silent.destroyed).toBe(true)
})
