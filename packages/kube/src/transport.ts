import { Agent, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from 'undici'

import type { ClientCertificate, ClusterConfig, Credential } from './kubeconfig/config.ts'

/** Time to connect, in milliseconds. The request's own deadline comes on top. */
const connectTimeoutMs = 10_000

/** Below the 60 s and more that load balancers keep idle connections. */
const keepAliveMs = 30_000

/** Connections to one cluster. */
export interface Transport {
  /** The connections to use with this credential; others than before when the client certificate has changed. */
  dispatcher(credential: Credential): Dispatcher
  /** Ends all connections, those in use included. */
  close(): Promise<void>
}

/** One undici agent per cluster: its own TLS material, proxy and connection pool, nothing global. */
export function createTransport(config: ClusterConfig): Transport {
  let current: { readonly certificate: ClientCertificate | undefined; readonly dispatcher: Dispatcher } | undefined

  return {
    dispatcher({ clientCertificate: certificate }) {
      if (
        current === undefined ||
        current.certificate?.certificate !== certificate?.certificate ||
        current.certificate?.key !== certificate?.key
      ) {
        // Requests under way end on the old connections.
        current?.dispatcher.close().catch(() => undefined)
        current = { certificate, dispatcher: createDispatcher(config, certificate) }
      }
      return current.dispatcher
    },
    async close() {
      await current?.dispatcher.destroy()
    },
  }
}

function createDispatcher(config: ClusterConfig, certificate: ClientCertificate | undefined): Dispatcher {
  const tls = {
    ...(config.certificateAuthority === undefined ? {} : { ca: config.certificateAuthority }),
    ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
    ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
    ...(config.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  }
  const options = {
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
