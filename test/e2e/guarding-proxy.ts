import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as forward } from 'node:https'
import type { AddressInfo } from 'node:net'

import { covers, rightsOf, textOf, type Right } from './cluster-role.ts'

/** A Kubernetes API, over plain HTTP, as somebody sees it who has certain rights and no other. */
export interface GuardingProxy {
  readonly url: string
  /** Rights that were needed and there, by their text. */
  readonly used: Map<string, Right>
  /** Rights that were needed and missing, as text; the answer was 403. */
  readonly missing: Set<string>
  close(): Promise<void>
}

export async function createGuardingProxy(upstream: string, granted: readonly Right[]): Promise<GuardingProxy> {
  const used = new Map<string, Right>()
  const missing = new Set<string>()
  const server = createServer((incoming, outgoing) => {
    const rights = rightsOf(
      incoming.method ?? '',
      new URL(incoming.url ?? '/', upstream),
      incoming.headers['content-type'],
    )
    const lacking = rights.find((right) => !granted.some((one) => covers(one, right)))
    if (lacking !== undefined) {
      missing.add(textOf(lacking))
      refuse(outgoing, lacking)
      return
    }
    for (const right of rights) used.set(textOf(right), right)
    pass(incoming, outgoing, upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    used,
    missing,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function refuse(outgoing: ServerResponse, right: Right): void {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden' }
  outgoing.writeHead(403, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify({ ...status, message: `forbidden: ${textOf(right)}` }))
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, upstream: string): void {
  const { method, headers } = incoming
  const options = { method, headers, rejectUnauthorized: false }
  const request = forward(new URL(incoming.url ?? '/', upstream), options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    // A watch begins long before its first event.
    outgoing.flushHeaders()
    answer.pipe(outgoing)
  })
  request.on('error', () => outgoing.destroy())
  outgoing.on('close', () => request.destroy())
  incoming.pipe(request)
}
