import { fork } from 'node:child_process'
import { once } from 'node:events'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'

/** What one process measured, see `node-events/measure.ts`. */
interface Measurement {
  readonly nodes: number
  readonly pools: number
  /** CPU per Node event that only renews heartbeats, from the watch's object to its being dropped. */
  readonly heartbeatMicroseconds: number
  /** CPU per Node that is cordoned or uncordoned, its pool's reconcile included. */
  readonly changeMicroseconds: number
  /** CPU per reconcile of a pool that has nothing to do. */
  readonly reconcileMicroseconds: number
  /** CPU per reconcile when every Node of every pool is cordoned, or uncordoned, at once. */
  readonly burstMicrosecondsPerReconcile: number
  readonly burstReconciles: number
  readonly peakRssMiB: number
}

async function measure(nodes: number, pools: number): Promise<Measurement> {
  // A process each: memory and compiled code of one size say nothing about another.
  const child = fork(new URL('node-events/measure.ts', import.meta.url), [String(nodes), String(pools)], {
    execArgv: ['--conditions=@machinepool/source'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the measurement of ${nodes} Nodes ended with ${code}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [Measurement]
  failed.catch(() => undefined)
  child.kill()
  return message
}

/** Cost of Node events to the MachinePool controller, against a budget: flat in the number of Nodes, 0.1 ms of CPU each. */
export const nodeEvents: Benchmark = {
  name: 'node-events',
  description:
    'Node events of a workload cluster with 1,000 to 20,000 Nodes in 20 pools: CPU per event and per reconcile',
  async run({ progress, parameters }: BenchmarkOptions): Promise<object> {
    const pools = parameters['pools'] ?? 20
    const sizes: Measurement[] = []
    for (const nodes of [1_000, 5_000, 20_000]) {
      progress(`${nodes} Nodes in ${pools} pools`)
      sizes.push(await measure(nodes, pools))
    }
    progress('20000 Nodes in 50 pools')
    const allAtOnce = await measure(20_000, 50)
    const [small, , large] = sizes
    if (small === undefined || large === undefined) throw new Error('nothing was measured')
    return {
      budget: { eventMicroseconds: 100, growth: 2, reconcileMicroseconds: 1_000, peakRssMiB: 500 },
      growth: {
        heartbeat: ratio(large.heartbeatMicroseconds, small.heartbeatMicroseconds),
        change: ratio(large.changeMicroseconds, small.changeMicroseconds),
      },
      sizes,
      allAtOnce,
    }
  },
}

function ratio(a: number, b: number): number {
  return Math.round((a / b) * 100) / 100
}
