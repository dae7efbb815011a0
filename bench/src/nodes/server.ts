import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A process of its own: serves many Nodes, so that their making does not count as the client's. */

const count = Number(process.argv[2])

/** About 4 KB, as a kubelet of a middling cluster reports. */
function nodeText(index: number): string {
  return JSON.stringify({
    metadata: {
      name: `node-${index}`,
      uid: `uid-${index}`,
      resourceVersion: String(index + 1),
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: Object.fromEntries(
        Array.from({ length: 12 }, (_, label) => [`example.com/label-${label}`, `value-${label}-${index % 50}`]),
      ),
      annotations: { 'example.com/padding': 'x'.repeat(600) },
      managedFields: [{ manager: 'kubelet', fieldsV1: { padding: 'y'.repeat(600) } }],
    },
    spec: { providerID: `aws:///eu-west-1a/i-${index}`, taints: [] },
    status: {
      addresses: [{ type: 'InternalIP', address: `10.${index % 250}.${(index >> 8) % 250}.1` }],
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
        type,
        status: type === 'Ready' ? 'True' : 'False',
        reason: 'KubeletIsFine',
        message: 'the kubelet says that everything is in order with this condition',
        lastHeartbeatTime: '2026-01-01T00:00:00Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
      images: Array.from({ length: 10 }, (_, image) => ({
        names: [`registry.example.com/image-${image}@sha256:${'0'.repeat(64)}`],
        sizeBytes: 1,
      })),
      nodeInfo: { kubeletVersion: 'v1.34.0', osImage: 'Linux', bootID: `boot-${index}` },
    },
  })
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (!response.write(text)) {
    await new Promise<void>((resolve) => response.once('drain', () => resolve()))
  }
}

async function stream(response: ServerResponse): Promise<void> {
  for (let index = 0; index < count; index++) {
    const object = `{"apiVersion":"v1","kind":"Node",${nodeText(index).slice(1)}`
    await write(response, `{"type":"ADDED","object":${object}}\n`)
  }
  const metadata = { resourceVersion: String(count), annotations: { 'k8s.io/initial-events-end': 'true' } }
  await write(response, `${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`)
}

async function page(response: ServerResponse, url: URL): Promise<void> {
  const start = Number(url.searchParams.get('continue') ?? 0)
  const end = Math.min(count, start + Number(url.searchParams.get('limit') ?? count))
  const metadata = { resourceVersion: String(count), ...(end < count ? { continue: String(end) } : {}) }
  await write(response, `{"kind":"NodeList","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`)
  for (let index = start; index < end; index++) {
    await write(response, `${index === start ? '' : ','}${nodeText(index)}`)
  }
  response.end(']}')
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://server')
  const watch = url.searchParams.get('watch') === 'true'
  response.writeHead(200, { 'content-type': 'application/json' })
  if (!watch) {
    void page(response, url)
  } else if (url.searchParams.get('sendInitialEvents') === 'true') {
    void stream(response)
  } else {
    response.flushHeaders()
  }
})

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port, bytesPerNode: nodeText(1).length })
})
