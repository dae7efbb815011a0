import { isIP } from 'node:net'

import { isObject, valueAt } from '../json.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** Where a webhook listens, as configurations and CustomResourceDefinitions say it. */
export interface ClientConfig {
  readonly url?: string
  readonly service?: {
    readonly namespace: string
    readonly name: string
    readonly path?: string
    readonly port?: number
  }
  /** PEM in base64; absent: the authorities that the machine trusts. */
  readonly caBundle?: string
}

/** Where to connect to, and as whom the server has to identify itself. */
export interface WebhookAddress {
  readonly host: string
  readonly port: number
  readonly path: string
  /** Also for the Host header, with its port. */
  readonly serverName: string
  readonly ca: string | undefined
  /** As messages show it. */
  readonly shown: string
}

/**
 * The address of a webhook. A service is found by its endpoints, as kube-apiserver does with aggregator routing, since there is
 * no cluster network here: an ExternalName, an EndpointSlice or an Endpoints object names where it really is.
 *
 * @throws Error when nothing can be connected to.
 */
export function addressOf({ url, service, caBundle }: ClientConfig, store: ObjectStore): WebhookAddress {
  const ca = caBundle === undefined || caBundle === '' ? undefined : Buffer.from(caBundle, 'base64').toString('utf8')
  if (service !== undefined) {
    const { namespace, name, path = '', port = 443 } = service
    const serverName = `${name}.${namespace}.svc`
    const shown = shownService(service)
    return { ...endpointOf(store, namespace, name, port), path: rooted(path), serverName, ca, shown }
  }
  if (url === undefined) throw new Error('webhook configuration must have either service or URL')
  const { hostname, port, pathname, search } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: port === '' ? 443 : Number(port), path: pathname + search, serverName: host, ca, shown: url }
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** A service as messages name it. */
export function shownService({ namespace, name, path = '', port = 443 }: NonNullable<ClientConfig['service']>): string {
  return `https://${name}.${namespace}.svc:${port}${rooted(path)}`
}

function endpointOf(store: ObjectStore, namespace: string, name: string, port: number): { host: string; port: number } {
  const service = store.get('services', `${namespace}/${name}`)?.object
  if (service === undefined) throw new Error(`service "${name}" not found`)
  const external = valueAt(service, ['spec', 'externalName'])
  if (valueAt(service, ['spec', 'type']) === 'ExternalName' && typeof external === 'string')
    return { host: external, port }
  const found = list(valueAt(service, ['spec', 'ports'])).find((item) => item['port'] === port)
  if (found === undefined) throw new Error(`no service port ${port} found for service "${name}"`)
  const portName = found['name'] ?? ''
  for (const endpoint of [...sliceEndpoints(store, namespace, name), ...plainEndpoints(store, namespace, name)]) {
    const target = endpoint.ports.find((item) => (item['name'] ?? '') === portName)
    if (target !== undefined && typeof target['port'] === 'number')
      return { host: endpoint.address, port: target['port'] }
  }
  throw new Error(`no endpoints available for service "${name}"`)
}

interface Endpoint {
  readonly address: string
  readonly ports: readonly Record<string, unknown>[]
}

function sliceEndpoints(store: ObjectStore, namespace: string, name: string): Endpoint[] {
  return [...store.all('endpointslices.discovery.k8s.io', `${namespace}/`)]
    .filter(({ object }) => object.metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ object }) => {
      const ready = list(object['endpoints']).filter((item) => valueAt(item, ['conditions', 'ready']) !== false)
      return ready.flatMap((item) => addresses(item['addresses'], list(object['ports'])))
    })
}

function plainEndpoints(store: ObjectStore, namespace: string, name: string): Endpoint[] {
  return list(store.get('endpoints', `${namespace}/${name}`)?.object['subsets']).flatMap((subset) =>
    addresses(
      list(subset['addresses']).map(({ ip }) => ip),
      list(subset['ports']),
    ),
  )
}

function addresses(value: unknown, ports: readonly Record<string, unknown>[]): Endpoint[] {
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  return texts.filter((address) => isIP(address) !== 0).map((address) => ({ address, ports }))
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
