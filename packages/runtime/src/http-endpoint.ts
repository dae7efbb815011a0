import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A small HTTP server of a manager. */
export interface HttpEndpoint {
  /** `http://host:port`, with the port that was really taken. */
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

/**
 * Listens at `address`: `:8080` for all interfaces, `127.0.0.1:0` for a free port of one. Rejects when the address cannot
 * be taken.
 */
export async function listen(address: string, handler: EndpointHandler): Promise<HttpEndpoint> {
  const { host, port } = parseAddress(address)
  const server = createServer((request, response) => {
    void answer(request, response, handler)
  })
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => resolve())
  })
  const taken = server.address() as AddressInfo
  const name = taken.family === 'IPv6' ? `[${taken.address}]` : taken.address
  return {
    url: `http://${name}:${taken.port}`,
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

async function answer(request: IncomingMessage, response: ServerResponse, handler: EndpointHandler): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '/', 'http://endpoint')
    const known = request.method === 'GET' || request.method === 'HEAD' ? url && (await handler(url)) : undefined
    const { code, type = 'text/plain; charset=utf-8', body } = known ?? { code: 404, body: 'not found\n' }
    response.writeHead(code, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body)
  } catch {
    response.writeHead(500).end('internal error\n')
  }
}
