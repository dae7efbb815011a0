import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy whose connections break in the middle of what they carry. */
export interface CuttingProxy {
  /** Where it listens, on the loopback. */
  readonly port: number
  /** Connections that were broken so far. */
  readonly cuts: number
  close(): Promise<void>
}

/**
 * @param upstreamPort of the server behind it, on the loopback.
 * @param allowance bytes that the next connection may carry from the server before it is reset.
 */
export async function createCuttingProxy(upstreamPort: number, allowance: () => number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, '127.0.0.1')
    let left = allowance()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // The other side ends, too; there is nobody to tell.
      socket.on('error', () => undefined)
    }
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length
        if (!client.write(chunk)) {
          upstream.pause()
          client.once('drain', () => upstream.resume())
        }
        return
      }
      cuts++
      upstream.destroy()
      client.write(chunk.subarray(0, left), () => client.resetAndDestroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
