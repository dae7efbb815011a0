import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'

import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { createTestCertificate } from './test-certificate.ts'

interface Item {
  readonly apiVersion: string
  readonly metadata: Record<string, unknown>
  readonly spec?: Record<string, unknown>
}

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: {
    readonly uid: string
    readonly name?: string
    readonly objects?: Item[]
    readonly desiredAPIVersion?: string
  }
}

const serviceName = 'hooks.hooks.svc'
let server: ApiServer
let agent: Agent
let hooks: Server
let ca: string
/** What the webhooks answer, by path. */
let answers: Record<string, (review: Review) => unknown>
/** Reviews that were asked for, by path. */
let asked: Record<string, Review[]>

beforeAll(async () => {
  const { cert, key } = await createTestCertificate({ names: [serviceName, '127.0.0.1'] })
  ca = Buffer.from(cert).toString('base64')
  hooks = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review
      ;(asked[path] ??= []).push(review)
      // A promise that is never kept is an answer that never comes.
      void Promise.resolve(answers[path]?.(review)).then((answer) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      )
    })
  })
  await new Promise<void>((resolve) => {
    hooks.listen(0, '127.0.0.1', () => resolve())
  })
})

afterAll(() => {
  hooks.close()
  hooks.closeAllConnections()
})

beforeEach(async () => {
  answers = { '/allow': allow() }
  asked = {}
  server = await createApiServer()
  agent = new Agent({ connect: { ca: server.certificateAuthority } })
})

afterEach(async () => {
  await agent.destroy()
  await server.close()
})

const allow =
  (more: object = {}) =>
  ({ apiVersion, kind, request: { uid } }: Review) => ({ apiVersion, kind, response: { uid, allowed: true, ...more } })

async function call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) {
  const answer = await agent.request({
    origin: server.url,
    path,
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return {
    code: answer.statusCode,
    value: (await answer.body.json()) as Record<string, unknown> & Item & { items: Item[]; message: string },
  }
}

const maps = '/api/v1/namespaces/default/configmaps'
const port = () => (hooks.address() as AddressInfo).port
const byUrl = (path: string) => ({ url: `https://127.0.0.1:${port()}${path}`, caBundle: ca })

function configure(sort: 'mutating' | 'validating', clientConfig: object, more: object = {}) {
  return call('POST', `/apis/admissionregistration.k8s.io/v1/${sort}webhookconfigurations`, {
    metadata: { name: sort },
    webhooks: [
      {
        name: 'hook.example.com',
        clientConfig,
        rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        ...more,
      },
    ],
  })
}

test('a service is found by its endpoints, and has to be who it says it is', async () => {
  const service = { service: { namespace: 'hooks', name: 'hooks', path: '/allow' }, caBundle: ca }
  await call('POST', '/api/v1/namespaces', { metadata: { name: 'hooks' } })
  await configure('validating', service)
  const create = (name: string) => call('POST', maps, { metadata: { name } })
  expect((await create('a')).value.message).toContain('service "hooks" not found')
  await call('POST', '/api/v1/namespaces/hooks/services', {
    metadata: { name: 'hooks' },
    spec: { ports: [{ name: 'https', port: 443 }] },
  })
  expect((await create('a')).value.message).toContain('no endpoints available for service "hooks"')
  await call('POST', '/apis/discovery.k8s.io/v1/namespaces/hooks/endpointslices', {
    metadata: { name: 'hooks-1', labels: { 'kubernetes.io/service-name': 'hooks' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ name: 'https', port: port() }],
  })
  expect(await create('a')).toMatchObject({ code: 201 })
  expect(asked['/allow']).toHaveLength(1)
  const other = { ...service, service: { ...service.service, name: 'other' } }
  await call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating')
  await configure('validating', { ...other, caBundle: Buffer.from(server.certificateAuthority).toString('base64') })
  expect((await create('b')).code).toBe(500)
})

test('a webhook that does not answer in its time fails the write, unless its failures are ignored', async () => {
  answers['/never'] = () => new Promise(() => {})
  await configure('validating', byUrl('/never'), { timeoutSeconds: 1 })
  const refused = await call('POST', maps, { metadata: { name: 'a' } })
  expect(refused).toMatchObject({ code: 500, value: { reason: 'InternalError' } })
  expect(refused.value.message).toContain('context deadline exceeded')
  await call('PATCH', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating', {
    webhooks: [
      {
        name: 'hook.example.com',
        clientConfig: byUrl('/never'),
        rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
        failurePolicy: 'Ignore',
      },
    ],
  })
  expect(await call('POST', maps, { metadata: { name: 'a' } })).toMatchObject({ code: 201 })
})

test('a write that waits for a webhook is made on the object as it is when the answer comes', async () => {
  await call('POST', maps, { metadata: { name: 'a' }, data: { n: '0' } })
  const release = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  answers['/slow'] = async (review) => {
    // Only the first one waits.
    if (asked['/slow']?.length === 1) {
      reached.resolve()
      await release.promise
    }
    return allow()(review)
  }
  await configure('validating', byUrl('/slow'))
  const patching = call('PATCH', `${maps}/a`, { data: { x: '1' } })
  await reached.promise
  expect(await call('PATCH', `${maps}/a`, { data: { y: '2' } })).toMatchObject({ code: 200 })
  // Who asks for a version has it checked against the version of then.
  release.resolve()
  expect(await patching).toMatchObject({ code: 200, value: { data: { n: '0', x: '1', y: '2' } } })
  // The change was judged anew, on what it then made.
  expect(asked['/slow']).toHaveLength(3)
})

test('an update of a version that was changed meanwhile conflicts, although a webhook allowed it', async () => {
  const { value } = await call('POST', maps, { metadata: { name: 'a' } })
  const release = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  answers['/slow'] = async (review) => {
    if (asked['/slow']?.length === 1) {
      reached.resolve()
      await release.promise
    }
    return allow()(review)
  }
  await configure('validating', byUrl('/slow'))
  const updating = call('PUT', `${maps}/a`, { metadata: value.metadata, data: { x: '1' } })
  await reached.promise
  await call('PATCH', `${maps}/a`, { data: { y: '2' } })
  release.resolve()
  expect(await updating).toMatchObject({ code: 409, value: { reason: 'Conflict' } })
  expect(await call('GET', `${maps}/a`)).toMatchObject({ value: { data: { y: '2' } } })
})

test('two that make the same object at once get one object', async () => {
  const both = Promise.withResolvers<void>()
  answers['/slow'] = async (review) => {
    if (asked['/slow']?.length === 2) both.resolve()
    await both.promise
    return allow()(review)
  }
  await configure('validating', byUrl('/slow'))
  const codes = await Promise.all([1, 2].map(async () => (await call('POST', maps, { metadata: { name: 'a' } })).code))
  expect(codes.toSorted((a, b) => a - b)).toEqual([201, 409])
})

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  },
})

const things = (name: string) => `/apis/example.com/${name}/namespaces/default/things`

/** A kind whose `spec.version` says in which version it is. */
async function installConverted(path: string): Promise<void> {
  await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: byUrl(path), conversionReviewVersions: ['v1'] },
      },
      versions: [version('v1', false), version('v2', true)],
    },
  })
}

const convert = ({ apiVersion, kind, request: { uid, objects = [], desiredAPIVersion = '' } }: Review) => ({
  apiVersion,
  kind,
  response: {
    uid,
    result: { status: 'Success' },
    convertedObjects: objects.map((item) => ({
      ...item,
      apiVersion: desiredAPIVersion,
      spec: { ...item.spec, version: desiredAPIVersion },
    })),
  },
})

test('a list in another version is converted with few calls, and only once', async () => {
  answers['/convert'] = convert
  await installConverted('/convert')
  const names = Array.from({ length: 120 }, (_, index) => `t${index}`)
  for (const name of names) {
    await call('POST', things('v2'), { apiVersion: 'example.com/v2', kind: 'Thing', metadata: { name }, spec: {} })
  }
  expect(asked['/convert']).toBeUndefined()
  const list = await call('GET', things('v1'))
  expect(list.value.items.map(({ spec }) => spec?.['version'])).toEqual(names.map(() => 'example.com/v1'))
  expect(asked['/convert']).toHaveLength(2)
  await call('GET', things('v1'))
  await call('GET', `${things('v1')}/t1`)
  expect(asked['/convert']).toHaveLength(2)
})

test('a watch whose events cannot be converted ends with the reason', async () => {
  answers['/convert'] = ({ apiVersion, kind, request: { uid } }) => ({
    apiVersion,
    kind,
    response: { uid, result: { status: 'Failed', message: 'it cannot be' } },
  })
  await installConverted('/convert')
  const { value } = await call('GET', things('v2'))
  const answer = await agent.request({
    origin: server.url,
    path: `${things('v1')}?watch=true&resourceVersion=${String(value.metadata['resourceVersion'])}`,
    method: 'GET',
    headers: { authorization: `Bearer ${server.token}` },
  })
  await call('POST', things('v2'), { apiVersion: 'example.com/v2', kind: 'Thing', metadata: { name: 'a' }, spec: {} })
  expect(JSON.parse(await answer.body.text())).toMatchObject({
    type: 'ERROR',
    object: { kind: 'Status', code: 500, message: expect.stringContaining('it cannot be') as string },
  })
})
