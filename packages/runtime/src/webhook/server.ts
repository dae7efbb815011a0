import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { sleep, type Clock } from '@machinepool/kube'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'

import { parseAddress } from '../http-endpoint.ts'
import type { Runnable } from '../manager.ts'
import { tlsSettings, type TlsSettings } from '../tls-settings.ts'
import { createWebhookMetrics } from './metrics.ts'
import { answerAdmissionReview, answerConversionReview, ReviewError, type Admit, type Convert } from './review.ts'

export interface WebhookServerOptions {
  /** Such as `:9443`. */
  readonly address: string
  /** Holds certificate and key, PEM; read again every minute, because cert-manager renews them. */
  readonly certificateDirectory: string
  /** File in that directory. Default `tls.crt`. */
  readonly certificateFile?: string
  /** File in that directory. Default `tls.key`. */
  readonly keyFile?: string
  /** Default: TLS 1.2 and newer. */
  readonly tls?: TlsSettings
  readonly clock: Clock
  readonly log: Logger
  /** Where requests and reads of the certificate are counted. Absent: nowhere. */
  readonly metrics?: Registry
}

/** Serves webhooks over TLS; add it to a manager. It answers whether this process leads or not. */
export interface WebhookServer extends Runnable {
  /** `path` as in the webhook configuration, with a leading `/`. */
  addAdmission(path: string, admit: Admit): void
  addConversion(path: string, convert: Convert): void
  /** Resolves with `https://host:port` once it listens. */
  readonly listening: Promise<string>
  isListening(): boolean
}

/** The API server sends one object of at most 3 MiB, twice, or a list of them to convert. */
const largestBody = 32 * 1024 * 1024
const renewMs = 60_000
/** A connection that has not got further holds up the end of the server. Milliseconds. */
const handshakeMs = 5_000
/** Pause between two looks for a certificate that is not there yet, in milliseconds. */
const firstCertificateMs = 2_000

type Handler = (body: unknown) => object | Promise<object>

export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { certificateFile = 'tls.crt', keyFile = 'tls.key', tls = tlsSettings('VersionTLS12') } = options
  const metrics = options.metrics && createWebhookMetrics(options.metrics)
  const handlers = new Map<string, Handler>()
  const listening = Promise.withResolvers<string>()
  let open = false
  // Nobody needs to wait for it.
  listening.promise.catch(() => undefined)

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = URL.parse(request.url ?? '/', 'https://webhook')?.pathname ?? ''
    const handler = handlers.get(path)
    if (handler === undefined || request.method !== 'POST') {
      response.writeHead(404).end()
      return
    }
    const answered = metrics?.began(path)
    try {
      const answer = await handler(await readJson(request))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    } catch (error) {
      const refused = error instanceof ReviewError || error instanceof SyntaxError
      if (!refused) {
        options.log.error({ err: error, path: request.url }, 'a webhook failed')
      }
      response.writeHead(refused ? 400 : 500).end(refused ? (error as Error).message : 'internal error')
    }
    answered?.(response.statusCode)
  }

  async function run(signal: AbortSignal): Promise<void> {
    const { host, port } = parseAddress(options.address)
    let material = await readFirstCertificate(signal)
    if (material === undefined) {
      return
    }
    const server = createServer({ ...material, ...tls, handshakeTimeout: handshakeMs }, (request, response) => {
      void respond(request, response)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
    const taken = server.address() as AddressInfo
    open = true
    listening.resolve(`https://${taken.family === 'IPv6' ? `[${taken.address}]` : taken.address}:${taken.port}`)
    for (;;) {
      await sleep(options.clock, renewMs, signal)
      if (signal.aborted) {
        break
      }
      material = await renew(server, material)
    }
    open = false
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
  }

  /** A Secret that is mounted may come later than the process. */
  async function readFirstCertificate(signal: AbortSignal): Promise<Certificate | undefined> {
    for (;;) {
      try {
        return await readCertificate()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        options.log.warn({ err: error, retryInMs: firstCertificateMs }, 'there is no webhook certificate yet')
      }
      await sleep(options.clock, firstCertificateMs, signal)
      if (signal.aborted) {
        return undefined
      }
    }
  }

  async function readCertificate(): Promise<Certificate> {
    const files = [certificateFile, keyFile].map((name) => readFile(join(options.certificateDirectory, name), 'utf8'))
    try {
      const [cert = '', key = ''] = await Promise.all(files)
      metrics?.certificateRead(false)
      return { cert, key }
    } catch (error) {
      metrics?.certificateRead(true)
      throw error
    }
  }

  async function renew(server: Server, known: Certificate): Promise<Certificate> {
    try {
      const next = await readCertificate()
      if (next.cert !== known.cert || next.key !== known.key) {
        server.setSecureContext({ ...next, ...tls })
        options.log.info('the webhook certificate was renewed')
      }
      return next
    } catch (error) {
      // Half of a renewal may be on the disk; the next look finds the rest.
      options.log.warn({ err: error }, 'cannot read the webhook certificate')
      return known
    }
  }

  return {
    name: 'webhooks',
    needsLeaderElection: false,
    run,
    listening: listening.promise,
    isListening: () => open,
    addAdmission(path, admit) {
      handlers.set(path, (body) => answerAdmissionReview(body, admit))
    },
    addConversion(path, convert) {
      handlers.set(path, (body) => answerConversionReview(body, convert))
    },
  }
}

interface Certificate {
  readonly cert: string
  readonly key: string
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) {
      throw new ReviewError(`the body is larger than ${largestBody} bytes`)
    }
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
}
