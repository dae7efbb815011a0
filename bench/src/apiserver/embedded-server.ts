import { createApiServer, createSqliteStorage } from '@machinepool/apiserver'

/** The embedded server in a process of its own: with a file as argument on SQLite, else in memory. */
const [path = ''] = process.argv.slice(2)
const server = await createApiServer(
  path === '' ? {} : { storage: createSqliteStorage({ path, durability: 'normal' }) },
)
process.send?.({ url: server.url, token: server.token, ca: server.certificateAuthority })
process.on('disconnect', () => process.exit())
