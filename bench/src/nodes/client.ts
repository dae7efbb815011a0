import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { createClient, loadKubeconfig, nodes, type KubeObject, type Resource } from '@machinepool/kube'
import { createCache, createNodeSlimmer, isHeartbeat, type SlimNode } from '@machinepool/runtime'

/** The longest time that this thread worked without a pause; waiting for a processor does not count. */
interface OwnWork {
  readonly longestSliceMs: number
  readonly longestGcMs: number
}

/** Measures until `signal` aborts. A slice that a timer of one millisecond could not interrupt is one slice. */
async function measureOwnWork(signal: AbortSignal): Promise<OwnWork> {
  let longestSliceMs = 0
  let longestGcMs = 0
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestGcMs = Math.max(longestGcMs, duration)
  })
  collections.observe({ entryTypes: ['gc'] })
  let before = process.threadCpuUsage()
  while (!signal.aborted) {
    await sleep(1)
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    longestSliceMs = Math.max(longestSliceMs, (user + system) / 1000)
  }
  collections.disconnect()
  return { longestSliceMs, longestGcMs }
}

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
const measured = new AbortController()
const measuring = measureOwnWork(measured.signal)
const started = performance.now()
const running = cache.run(stop.signal)
await informer.synced
const seconds = (performance.now() - started) / 1000
delay.disable()
measured.abort()

process.send?.({
  nodes: informer.store.size,
  found: informer.store.byIndex('providerID', 'aws:///eu-west-1a/i-777').length,
  seconds,
  // getrusage counts kilobytes.
  peakRssMB: process.resourceUsage().maxRSS / 1024,
  longestStallMs: delay.max / 1e6,
  stallP99Ms: delay.percentile(99) / 1e6,
  ...(await measuring),
})
stop.abort()
await running
await client.close()
