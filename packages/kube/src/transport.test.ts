import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, test } from 'vitest'

import { configMaps, createClient, loadKubeconfig } from './index.ts'

const answer = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'a' } })

test('many requests at once share a few connections, which watches do not take', async () => {
  const watches: ServerResponse[] = []
  let held: ServerResponse[] | undefined = []
  const { promise: arrived, resolve: full } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('watch=')) {
      response.flushHeaders()
      watches.push(response)
    } else if (held === undefined) response.end(answer)
    else if (held.push(response) === 32) full()
  })
  let connections = 0
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const text = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
  const client = createClient(await loadKubeconfig({ text }))
  const stop = new AbortController()
  try {
    const streams = Array.from({ length: 40 }, async () => {
      const options = { resourceVersion: '1', signal: stop.signal }
      for await (const event of client.watch(configMaps, options)) expect(event).toBeUndefined()
    })
    await expect.poll(() => watches.length).toBe(40)
    const requests = Array.from({ length: 100 }, () => client.get(configMaps, { namespace: 'default', name: 'a' }))
    await arrived
    for (const response of held.splice(0)) response.end(answer)
    held = undefined
    await Promise.all(requests)
    expect(connections).toBe(40 + 32)
    stop.abort()
    await Promise.allSettled(streams)
  } finally {
    await client.close()
    server.closeAllConnections()
    server.close()
  }
})
