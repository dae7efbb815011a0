import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listener {
  readonly url: string
  close(): Promise<void>
}

/** What goes back over the wire. */
export interface Reply {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers a request; undefined closes the connection without an answer. */
export type Handler = (request: IncomingMessage, body: string) => Reply | undefined | Promise<Reply | undefined>

/** An HTTP server on the loopback interface. Port 0 takes a free one. */
export async function listen(port: number, host: string, handle: Handler): Promise<Listener> {
  const server = createServer((request, response) => {
    respond(request, response, handle).catch(() => request.socket.destroy())
  })
  server.keepAliveTimeout = 60_000
  server.listen(port, host)
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host}:${actual}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, handle: Handler) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const reply = await handle(request, Buffer.concat(chunks).toString())
  if (!reply) {
    request.socket.destroy()
    return
  }
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
  })
  response.end(reply.body)
}
