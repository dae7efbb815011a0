import { Agent, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from 'undici'

import type { ClientCertificate, ClusterConfig, Credential } from './kubeconfig/config.ts'

/** Time to connect, in milliseconds. The request's own deadline comes on top. */
const connectTimeoutMs = 10_000

/** Below the 60 s and more that load balancers keep idle connections. */
const keepAliveMs = 30_000

/**
 * Connections for requests; those that find none free wait for their turn. More would not make a server faster, and each
 * costs memory and a TLS handshake at both ends.
 */
const mostRequestConnections = 32

/** A stream keeps its connection as long as it lasts; requests take turns. */
export type Use = 'request' | 'stream'

/** Connections to one cluster. */
export interface Transport {
  /** The connections to use with this credential; others than before when the client certificate has changed. */
  dispatcher(credential: Credential, use: Use): Dispatcher
  /** Ends all connections, those in use included. */
  close(): Promise<void>
}

interface Connections extends Readonly<Record<Use, Dispatcher>> {
  readonly certificate: ClientCertificate | undefined
}

/** undici agents of each cluster's own: TLS material, proxy and connection pools, nothing global. */
export function createTransport(config: ClusterConfig): Transport {
  let current: Connections | undefined

  return {
    dispatcher({ clientCertificate: certificate }, use) {
      if (
        current === undefined ||
        current.certificate?.certificate !== certificate?.certificate ||
        current.certificate?.key !== certificate?.key
      ) {
        // Requests under way end on the old connections.
        for (const old of dispatchersOf(current)) old.close().catch(() => undefined)
        current = {
          certificate,
          request: createDispatcher(config, certificate, mostRequestConnections),
          stream: createDispatcher(config, certificate, null),
        }
      }
      return current[use]
    },
    async close() {
      await Promise.all(dispatchersOf(current).map((dispatcher) => dispatcher.destroy()))
    },
  }
}

function dispatchersOf(connections: Connections | undefined): Dispatcher[] {
  return connections === undefined ? [] : [connections.request, connections.stream]
}

/** @param connections at most; `null` without limit. */
function createDispatcher(
  config: ClusterConfig,
  certificate: ClientCertificate | undefined,
  connections: number | null,
): Dispatcher {
  const tls = {
    ...(config.certificateAuthority === undefined ? {} : { ca: config.certificateAuthority }),
    ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
    ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
    ...(config.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  }
  const options = {
    connections,
    allowH2: false, // one connection per watch: a stuck stream cannot hold up the others
    connectTimeout: connectTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    // Watches are quiet for long and have deadlines of their own.
    bodyTimeout: 0,
    headersTimeout: 0,
  }
  if (config.proxyUrl === undefined) {
    return new Agent({ ...options, connect: { ...tls, timeout: connectTimeoutMs } })
  }
  const proxy = new URL(config.proxyUrl)
  if (proxy.protocol === 'socks5:' || proxy.protocol === 'socks5h:') {
    return new Socks5ProxyAgent(proxy, { ...options, requestTls: tls })
  }
  return new ProxyAgent({ ...options, uri: proxy.href, requestTls: tls })
}
