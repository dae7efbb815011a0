import { randomBytes } from 'node:crypto'

import {
  createApiServer,
  createSelfSignedCertificate,
  type ApiServer,
  type ApiServerOptions,
} from '@machinepool/apiserver'

import type { DataDir } from './data-dir.ts'

/** By what clients know a server: with the same ones a kubeconfig is good for the next run too. */
interface ServerIdentity {
  readonly port: number
  readonly token: string
  readonly cert: string
  readonly key: string
}

const localNames = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

/** A local cluster has few readers, and each keeps up: a shorter history spares some 100 MB. */
const history = 2000

/**
 * Starts an API server at the address and with the credentials that it had in the last run. `port` is what the user asks
 * for; 0 leaves it open. Another free port is taken when the former one is in use by now.
 */
export async function startKnownServer(
  dataDir: DataDir,
  name: string,
  { port = 0, ...options }: ApiServerOptions,
): Promise<ApiServer> {
  if (!dataDir.persistent) return createApiServer({ history, ...options, port })
  const file = `${name}.server.json`
  const before = readIdentity(dataDir.read(file))
  const { cert, key } = before ?? createSelfSignedCertificate(localNames, Date.now())
  const token = before?.token ?? randomBytes(32).toString('base64url')
  const start = (at: number) => createApiServer({ history, ...options, port: at, token, certificate: { cert, key } })
  const server = await start(port || (before?.port ?? 0)).catch((error: NodeJS.ErrnoException) => {
    if (port !== 0 || error.code !== 'EADDRINUSE') throw error
    return start(0)
  })
  const identity: ServerIdentity = { port: Number(new URL(server.url).port), token, cert, key }
  dataDir.write(file, `${JSON.stringify(identity)}\n`)
  return server
}

function readIdentity(text: string | undefined): ServerIdentity | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as ServerIdentity)
}
