import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'

import type { Access } from './diagnostics-access.ts'
import type { TlsSettings } from './tls-settings.ts'

/** A small HTTP server of a manager. */
export interface HttpEndpoint {
  /** `http://host:port` or `https://host:port`, with the port that was really taken. */
  readonly url: string
  close(): Promise<void>
}

export interface EndpointAnswer {
  readonly code: number
  readonly type?: string
  readonly body: string
}

/** Answers a GET; `undefined` is 404. */
export type EndpointHandler = (url: URL) => Promise<EndpointAnswer | undefined>

/** TLS with a certificate that nobody signed, and only for bearers of tokens that have access. */
export interface EndpointSecurity {
  readonly tls: TlsSettings
  readonly access: (token: string | undefined, path: string) => Promise<Access>
}

/**
 * Listens at `address`: `:8080` for all interfaces, `127.0.0.1:0` for a free port of one. Rejects when the address cannot
 * be taken.
 */
export async function listen(
  address: string,
  handler: EndpointHandler,
  security?: EndpointSecurity,
): Promise<HttpEndpoint> {
  const { host, port } = parseAddress(address)
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, handler, security)
  }
  const server =
    security === undefined
      ? createServer(serve)
      : createSecureServer({ ...(await selfSignedCertificate()), ...security.tls }, serve)
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => resolve())
  })
  const taken = server.address() as AddressInfo
  const name = taken.family === 'IPv6' ? `[${taken.address}]` : taken.address
  return {
    url: `${security === undefined ? 'http' : 'https'}://${name}:${taken.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Throws a RangeError that shows the right form. */
export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?<host>\[[^\]]*\]|[^:]*):(?<port>\d+)$/.exec(address)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65_535) {
    throw new RangeError(`"${address}" is no address: write ":8080" or "127.0.0.1:8080"`)
  }
  const host = (match.groups?.['host'] ?? '').replaceAll(/^\[|\]$/g, '')
  return { host: host === '' ? '::' : host, port }
}

async function selfSignedCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  // Loaded only here: it is large, and most processes do without.
  const { generate } = await import('selfsigned')
  const { cert, private: key } = await generate([{ name: 'commonName', value: hostname() }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  return { cert, key }
}

const refusals: Readonly<Record<Exclude<Access, 'allowed'>, EndpointAnswer>> = {
  unauthenticated: { code: 401, body: 'unauthorized\n' },
  denied: { code: 403, body: 'forbidden\n' },
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: EndpointHandler,
  security: EndpointSecurity | undefined,
): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '/', 'http://endpoint')
    if (security !== undefined) {
      const [, token] = /^bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
      const access = await security.access(token, url?.pathname ?? '/')
      if (access !== 'allowed') {
        const { code, body } = refusals[access]
        response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
        return
      }
    }
    const known = request.method === 'GET' || request.method === 'HEAD' ? url && (await handler(url)) : undefined
    const { code, type = 'text/plain; charset=utf-8', body } = known ?? { code: 404, body: 'not found\n' }
    response.writeHead(code, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body)
  } catch {
    response.writeHead(500).end('internal error\n')
  }
}
