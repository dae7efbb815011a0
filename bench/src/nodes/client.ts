import { monitorEventLoopDelay } from 'node:perf_hooks'

import { createClient, loadKubeconfig, nodes, type KubeObject, type Resource } from '@machinepool/kube'
import { createCache, createNodeSlimmer, isHeartbeat, type SlimNode } from '@machinepool/runtime'

/** A process of its own: fills a Node store as a workload cluster's is, and says what it cost. */

const [, , url = '', how = 'stream'] = process.argv

const text = JSON.stringify({
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'k' } }],
  clusters: [{ name: 'k', cluster: { server: url } }],
})
const client = createClient(await loadKubeconfig({ text }))
const cache = createCache({ client, tuning: { streamedList: how === 'stream' } })
const informer = cache.informer(nodes as Resource<KubeObject> as Resource<SlimNode>, {
  transform: createNodeSlimmer(),
  unchanged: isHeartbeat,
})
informer.addIndex('providerID', ({ spec }) => (spec.providerID === undefined ? [] : [spec.providerID]))

const stop = new AbortController()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const started = performance.now()
const running = cache.run(stop.signal)
await informer.synced
const seconds = (performance.now() - started) / 1000
delay.disable()

process.send?.({
  nodes: informer.store.size,
  found: informer.store.byIndex('providerID', 'aws:///eu-west-1a/i-777').length,
  seconds,
  // getrusage counts kilobytes.
  peakRssMB: process.resourceUsage().maxRSS / 1024,
  longestStallMs: delay.max / 1e6,
  stallP99Ms: delay.percentile(99) / 1e6,
})
stop.abort()
await running
await client.close()
