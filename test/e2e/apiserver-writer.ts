import { createApiServer, createSqliteStorage } from '@machinepool/apiserver'

/** A server on a SQLite file, to be killed: prints where it is and how to get in, then serves. */
const [path = '', history = ''] = process.argv.slice(2)
const server = await createApiServer({
  storage: createSqliteStorage({ path, durability: 'normal' }),
  history: Number(history),
})
process.stdout.write(`${JSON.stringify({ url: server.url, token: server.token, ca: server.certificateAuthority })}\n`)
