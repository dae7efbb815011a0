import type { Socket } from 'node:net'

/** What a connection may take. Times in milliseconds. Watches are answers, and not concerned. */
export interface ConnectionLimits {
  /** For the TLS handshake. */
  readonly handshakeTimeout: number
  /** For the headers of a request. */
  readonly headersTimeout: number
  /** For a whole request, with its body. */
  readonly requestTimeout: number
  /** How often connections are looked at: they may take so much longer. */
  readonly connectionsCheckingInterval: number
  /** For the next request on a connection. */
  readonly keepAliveTimeout: number
  /** Bytes of all headers of a request. */
  readonly maxHeaderSize: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 120_000,
  maxHeaderSize: 32 * 1024,
}

const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Ends a connection whose request was no request, too large, or too slow. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET')
    socket.write(`HTTP/1.1 ${answers[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
  // Nobody is waited for who does not read the answer.
  socket.destroySoon()
  socket.setTimeout(1000, () => socket.destroy())
}
