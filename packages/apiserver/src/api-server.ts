import { randomBytes, timingSafeEqual, createHash } from 'node:crypto'
import type { Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIP, type AddressInfo, type Socket } from 'node:net'

import { stringify as toYaml } from 'yaml'

import { startGarbageCollection } from './collect/garbage.ts'
import { startNamespaceCollection } from './collect/namespaces.ts'
import type { Hooks } from './hooks.ts'
import { clone } from './json.ts'
import { startDisruptionBudgets } from './kinds/builtin/disruption.ts'
import { serve, startCustomResources } from './kinds/custom-controller.ts'
import type { CustomResourceDefinition } from './kinds/custom.ts'
import { Registry } from './kinds/registry.ts'
import { newIdentity, type Backend, type WriteContext } from './operations/backend.ts'
import { createObject } from './operations/create.ts'
import { storeKey, type Target } from './operations/target.ts'
import { updateObject } from './operations/update.ts'
import { defaultLimits } from './server/body.ts'
import { createSelfSignedCertificate, type Certificate } from './server/certificate.ts'
import { defaultConnectionLimits, refuseConnection, type ConnectionLimits } from './server/connection-limits.ts'
import { createHandler } from './server/handler.ts'
import { createMemoryStorage } from './storage/memory.ts'
import { ObjectStore } from './storage/object-store.ts'
import type { Storage } from './storage/storage.ts'
import { AdmissionWebhooks } from './webhooks/admission.ts'
import { createWebhookClient } from './webhooks/client.ts'
import { systemNamespaces, systemObjects } from './system-objects.ts'
import type { Timers } from './watch/watch.ts'

/** Time as the server needs it. The default is the machine's. */
export interface ServerClock extends Timers {
  /** Milliseconds since the epoch. */
  now(): number
}

export interface ApiServerOptions {
  /** Default: memory. */
  readonly storage?: Storage
  /** Default: 127.0.0.1, reachable from this machine only. */
  readonly host?: string
  /** Default: any free port. */
  readonly port?: number
  /** CustomResourceDefinitions to install at start, or to bring up to date. */
  readonly crds?: readonly object[]
  /** What kinds do beyond their schemas, by `Kind.group`. */
  readonly hooks?: Hooks
  /** Default: made at each start. A client needs the bearer token for everything but health and version. */
  readonly token?: string
  /** Default: a self-signed certificate, made at each start; clients find it in the kubeconfig. */
  readonly certificate?: Certificate
  readonly clock?: ServerClock
  /** What connections may take, where it is not the usual. */
  readonly connections?: Partial<ConnectionLimits>
  /** How many past changes watches and paged listings can go back. Default 10,000. */
  readonly history?: number
  /** Told of failures of the server itself. */
  readonly log?: (error: unknown, request: string) => void
}

export interface ApiServer {
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string
  readonly token: string
  /** Of the certificate authority, PEM. */
  readonly certificateAuthority: string
  /** A kubeconfig for this server, YAML. */
  kubeconfig(): string
  /** Ends watches and connections, and lets go of the storage. */
  close(): Promise<void>
}

const systemClock: ServerClock = {
  now: () => Date.now(),
  after(delay, task) {
    const timer = setTimeout(task, delay)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * Starts an embedded Kubernetes API server. Resolves when it serves.
 *
 * @throws Error when the port is taken or the storage cannot be opened or read.
 */
export async function createApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, token = randomBytes(32).toString('base64url') } = options
  const store = new ObjectStore(options.storage ?? createMemoryStorage(), {
    ...(options.history === undefined ? {} : { history: options.history }),
    ...(options.log === undefined ? {} : { log: options.log }),
  })
  const webhooks = createWebhookClient(store)
  const registry = new Registry(options.hooks ?? {}, webhooks)
  const admission = new AdmissionWebhooks(store, webhooks)
  const backend: Backend = { store, registry, admission, now: () => clock.now() }
  const stops = [startCustomResources(backend), startDisruptionBudgets(backend)]
  await seed(backend, options.crds ?? [])
  // Last, when all kinds are known: what is left over from a former run is decided on now.
  stops.push(startGarbageCollection(backend), startNamespaceCollection(backend))

  const certificate = options.certificate ?? createSelfSignedCertificate(certificateNames(host), Date.now())
  const handle = createHandler({
    backend,
    timers: clock,
    limits: defaultLimits,
    token,
    authenticate: tokenCheck(token),
    log: options.log ?? (() => {}),
  })
  const server = createHttpsServer(
    { ...defaultConnectionLimits, ...options.connections, cert: certificate.cert, key: certificate.key },
    (request, response) => void handle(request, response),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(error, socket as Socket))
  const sockets = openSockets(server)
  await listen(server, port, host)
  const url = `https://${isIP(host) === 6 ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`

  return {
    url,
    token,
    certificateAuthority: certificate.cert,
    kubeconfig: () => formatKubeconfig(url, certificate.cert, token),
    async close() {
      await close(server, sockets)
      for (const stop of stops) stop()
      webhooks.close()
      await store.settled()
      store.close()
    },
  }
}

function certificateNames(host: string): string[] {
  return [
    ...new Set(['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', host]),
  ].filter((name) => name !== '0.0.0.0' && name !== '::')
}

function tokenCheck(token: string): (given: string | undefined) => boolean {
  const wanted = digest(token)
  return (given) => given !== undefined && timingSafeEqual(digest(given), wanted)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The connections of a server, also those that are still in their TLS handshake, which HTTP does not know yet. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}

function formatKubeconfig(url: string, certificate: string, token: string): string {
  const name = 'machinepool'
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(certificate).toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

const seeding = (): WriteContext => ({
  dryRun: false,
  identity: newIdentity(),
  fieldManager: 'machinepool-apiserver',
  fieldValidation: 'Ignore',
  warn: () => {},
})

/** What every cluster has from the start, and the definitions that were asked for. */
async function seed(backend: Backend, crds: readonly object[]): Promise<void> {
  const commits: Promise<unknown>[] = []
  const namespaces = target(backend, '', 'v1', 'namespaces')
  for (const name of systemNamespaces) {
    if (backend.store.get('namespaces', name) === undefined) {
      commits.push(createObject(backend, namespaces, { metadata: { name } }, seeding()).committed)
    }
  }
  for (const { group, plural, object } of systemObjects) {
    const kind = target(backend, group, 'v1', plural)
    const { name, namespace = '' } = object.metadata
    if (backend.store.get(kind.kind.definition.table, storeKey(namespace, name)) === undefined)
      commits.push(createObject(backend, { ...kind, namespace }, clone(object), seeding()).committed)
  }
  const definitions = target(backend, 'apiextensions.k8s.io', 'v1', 'customresourcedefinitions')
  for (const given of crds) {
    const crd = clone(given) as CustomResourceDefinition
    const name = crd.metadata.name ?? ''
    const present = backend.store.get(definitions.kind.definition.table, name)
    if (present === undefined) commits.push(createObject(backend, definitions, crd, seeding()).committed)
    else {
      const { resourceVersion, finalizers } = present.object.metadata
      const next = {
        ...crd,
        metadata: { ...crd.metadata, ...(resourceVersion && { resourceVersion }), ...(finalizers && { finalizers }) },
      }
      commits.push(updateObject(backend, { ...definitions, name }, next, seeding()).committed)
    }
    serve(backend, crd)
  }
  await Promise.all(commits)
  // Accepting the definitions is itself a change.
  await backend.store.settled()
}

function target(backend: Backend, group: string, versionName: string, plural: string): Target {
  const kind = backend.registry.find(group, plural)
  const version = kind?.version(versionName)
  if (kind === undefined || version === undefined) throw new Error(`${plural}.${group} is not served`)
  return { kind, version, namespace: '', name: '', subresource: '' }
}
