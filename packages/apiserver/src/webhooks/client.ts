import { Agent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'

import type { ObjectStore } from '../storage/object-store.ts'
import { addressOf, shownService, type ClientConfig, type WebhookAddress } from './client-config.ts'

/** Calls webhooks. */
export interface WebhookClient {
  /**
   * Posts a review and resolves with the JSON of the answer.
   *
   * @param seconds how long it may take.
   * @throws Error in the words in which kube-apiserver reports that a webhook cannot be called.
   */
  post(config: ClientConfig, body: object, seconds: number): Promise<unknown>
  close(): void
}

/** As kube-apiserver's limit of an answer. Bytes. */
const mostBytes = 3 * 1024 * 1024

export function createWebhookClient(store: ObjectStore): WebhookClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  return {
    async post(config, body, seconds) {
      const address = located(config, store, seconds)
      const path = `${address.path === '' ? '/' : address.path}${address.path.includes('?') ? '&' : '?'}timeout=${seconds}s`
      const shown = `${address.shown}${address.shown.includes('?') ? '&' : '?'}timeout=${seconds}s`
      const { code, text } = await exchange(agent, address, path, JSON.stringify(body), seconds * 1000).catch(
        (error: unknown) => {
          throw new Error(`Post ${JSON.stringify(shown)}: ${inWordsOfGo(error, address)}`, { cause: error })
        },
      )
      return parseAnswer(code, text)
    },
    close: () => agent.destroy(),
  }
}

/** @throws Error in the words of a call that could not be made, for a service that is nowhere. */
function located(config: ClientConfig, store: ObjectStore, seconds: number): WebhookAddress {
  try {
    return addressOf(config, store)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (config.service === undefined) throw error
    throw new Error(`Post ${JSON.stringify(`${shownService(config.service)}?timeout=${seconds}s`)}: ${why}`, {
      cause: error,
    })
  }
}

function exchange(
  agent: Agent,
  { host, port, serverName, ca }: WebhookAddress,
  path: string,
  body: string,
  timeout: number,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        agent,
        host,
        port,
        path,
        method: 'POST',
        // A server name that is an address is checked by its certificate's addresses; it must not be sent.
        servername: isIP(serverName) === 0 ? serverName : '',
        ...(ca === undefined ? {} : { ca }),
        headers: {
          host: `${isIP(serverName) === 6 ? `[${serverName}]` : serverName}:${port}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(timeout),
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > mostBytes) request.destroy(new Error(`the answer is larger than ${mostBytes} bytes`))
          chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

function inWordsOfGo(error: unknown, { host, port }: WebhookAddress): string {
  const { code = '', name = '', message = '' } = error as { code?: string; name?: string; message?: string }
  if (name === 'TimeoutError' || code === 'ABORT_ERR') return 'context deadline exceeded'
  const refused: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
  }
  if (refused[code] !== undefined) return `dial tcp ${isIP(host) === 6 ? `[${host}]` : host}:${port}: ${refused[code]}`
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`
  if (untrusted.has(code)) return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
  if (code === 'ECONNRESET') return 'EOF'
  return message
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

function parseAnswer(code: number, text: string): unknown {
  if (code < 200 || code > 206) {
    if (code === 404) throw new Error('the server could not find the requested resource')
    if (code >= 500)
      throw new Error(
        `an error on the server (${JSON.stringify(text.trim() || 'unknown')}) has prevented the request from succeeding`,
      )
    throw new Error('the server rejected our request for an unknown reason')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(
      `couldn't get version/kind; json parse error: the answer is no JSON: ${JSON.stringify(text.slice(0, 60))}`,
    )
  }
}
