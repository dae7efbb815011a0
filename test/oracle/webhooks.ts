import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'

import { createTestCertificate } from '../e2e/test-certificate.ts'

/** Webhooks of the suite itself, that both servers call. */
export interface Webhooks {
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string
  /** PEM in base64. */
  readonly ca: string
  close(): Promise<void>
}

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: Record<string, unknown> & {
    readonly uid: string
    readonly object: Anything | null
    readonly oldObject: Anything | null
    readonly objects?: readonly Anything[]
    readonly desiredAPIVersion?: string
  }
}

interface Anything {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name?: string; readonly annotations?: Record<string, string> }
  readonly spec?: Record<string, unknown>
}

type Answer = (review: Review) => unknown

const allow =
  (more: object = {}): Answer =>
  ({ apiVersion, kind, request: { uid } }) => ({
    apiVersion,
    kind,
    response: { uid, allowed: true, ...more },
  })
const deny =
  (status?: object): Answer =>
  ({ apiVersion, kind, request: { uid } }) => ({
    apiVersion,
    kind,
    response: { uid, allowed: false, ...(status === undefined ? {} : { status }) },
  })
const patched =
  (patch: (review: Review) => readonly object[]): Answer =>
  (review) =>
    allow({ patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch(review))).toString('base64') })(review)

/** Writes into an annotation of its own. */
const annotate = (key: string, text: (review: Review) => string) =>
  patched((review) => {
    const { object } = review.request
    const value = text(review)
    return object?.metadata.annotations === undefined
      ? [{ op: 'add', path: '/metadata/annotations', value: { [key]: value } }]
      : [{ op: 'add', path: `/metadata/annotations/${key}`, value }]
  })

/** JSON whose members are in the order of their names. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** An object with only the names of its metadata. */
const shown = (item: Anything | null) =>
  item === null
    ? null
    : {
        ...item,
        metadata: Object.keys(item.metadata)
          .toSorted()
          .filter((key) => key !== 'generation' && key !== 'creationTimestamp'),
      }

/** What a request said, without what differs from server to server. */
function summary({ apiVersion, request }: Review): string {
  const { uid: _, userInfo: __, object, oldObject, options, ...rest } = request
  return sorted({
    apiVersion,
    ...rest,
    object: shown(object),
    oldObject: shown(oldObject),
    options: (options as { kind?: string } | null)?.kind,
  })
}

const answers: Readonly<Record<string, Answer>> = {
  '/allow': allow(),
  '/deny': deny(),
  '/deny-why': deny({
    message: 'because',
    reason: 'Forbidden',
    code: 403,
    details: { causes: [{ message: 'one', field: 'spec' }] },
  }),
  '/deny-reason': deny({ reason: 'NotNow', code: 200 }),
  '/warn': allow({ warnings: ['careful', 'very "careful"'] }),
  '/tell': (review) => deny({ message: summary(review), code: 418 })(review),
  '/note': annotate('note', (review) => summary(review)),
  '/count': annotate('count', ({ request }) =>
    String(Number(request.object?.metadata.annotations?.['count'] ?? 0) + 1),
  ),
  '/other': annotate('other', () => 'x'),
  '/unknown-field': patched(() => [{ op: 'add', path: '/unknown', value: 1 }]),
  '/bad-patch': patched(() => [{ op: 'remove', path: '/nothing' }]),
  '/rename': patched(() => [{ op: 'replace', path: '/metadata/name', value: 'renamed' }]),
  '/other-uid': ({ apiVersion, kind }) => ({ apiVersion, kind, response: { uid: 'x', allowed: true } }),
  '/nothing': ({ apiVersion, kind }) => ({ apiVersion, kind }),
  '/patch-of-validating': allow({ patchType: 'JSONPatch', patch: 'W10=' }),
  '/patch-without-type': allow({ patch: 'W10=' }),
  '/convert': convert(rename),
  '/convert-fails': ({ apiVersion, kind, request: { uid } }) => ({
    apiVersion,
    kind,
    response: { uid, result: { status: 'Failed', message: 'cannot' } },
  }),
  '/convert-to-another-name': convert((item, version) => ({
    ...rename(item, version),
    metadata: { ...item.metadata, name: 'another' },
  })),
  '/convert-to-nothing': ({ apiVersion, kind, request: { uid } }) => ({
    apiVersion,
    kind,
    response: { uid, result: { status: 'Success' }, convertedObjects: [] },
  }),
}

function convert(by: (item: Anything, version: string) => object): Answer {
  return ({ apiVersion, kind, request: { uid, objects = [], desiredAPIVersion = '' } }) => ({
    apiVersion,
    kind,
    response: {
      uid,
      result: { status: 'Success' },
      convertedObjects: objects.map((item) => by(item, desiredAPIVersion)),
    },
  })
}

/** `spec.host` in v1 is the only one of `spec.hosts` in v2. */
function rename(item: Anything, apiVersion: string): Anything {
  const { host, hosts, ...rest } = item.spec ?? {}
  const first = Array.isArray(hosts) ? (hosts as unknown[])[0] : undefined
  const value = apiVersion.endsWith('/v2')
    ? host === undefined
      ? {}
      : { hosts: [host] }
    : first === undefined
      ? {}
      : { host: first }
  return { ...item, apiVersion, spec: { ...rest, ...value } }
}

export async function startWebhooks(): Promise<Webhooks> {
  const { cert, key } = await createTestCertificate({ names: ['127.0.0.1', 'localhost'] })
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      const answer = answers[path]
      if (answer === undefined) {
        response.writeHead(path === '/fails' ? 500 : 404).end('broken')
        return
      }
      const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(review)))
    })
  })
  await listening(server)
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: Buffer.from(cert).toString('base64'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
}
