import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Answer } from './answer.ts'

export interface Listener {
  readonly url: string
  close(): Promise<void>
}

/** Answers a request; undefined closes the connection without an answer. */
export type Handler = (request: IncomingMessage, body: string, requestId: string) => Answer | undefined

/** An HTTP server on the loopback interface. Port 0 takes a free one. */
export async function listen(
  port: number,
  host: string,
  nextRequestId: () => string,
  handle: Handler,
): Promise<Listener> {
  const server = createServer((request, response) => {
    respond(request, response, nextRequestId(), handle).catch(() => request.socket.destroy())
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

async function respond(request: IncomingMessage, response: ServerResponse, requestId: string, handle: Handler) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const answer = handle(request, Buffer.concat(chunks).toString(), requestId)
  if (!answer) {
    request.socket.destroy()
    return
  }
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'x-amzn-requestid': requestId,
  })
  response.end(answer.body)
}
