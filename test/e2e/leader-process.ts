import { setTimeout as sleep } from 'node:timers/promises'

import { configMaps, createClient, loadKubeconfig } from '@machinepool/kube'
import { createManager, LeadershipLostError } from '@machinepool/runtime'
import { pino } from 'pino'

/**
 * A manager as a process of its own: while it leads, it signs its name again and again, and tells its parent
 * each time. Ends with 3 when it lost the Lease.
 */
const [, , kubeconfig = '', identity = ''] = process.argv
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

const client = createClient(await loadKubeconfig({ path: kubeconfig }))
const manager = createManager({
  client,
  log: pino({ level: 'silent' }),
  // Long enough for a machine that is busy with other tests.
  leaderElection: {
    namespace: 'default',
    name: 'signers',
    identity,
    leaseDurationMs: 6000,
    renewDeadlineMs: 5000,
    retryPeriodMs: 500,
  },
})
manager.addRunnable({
  name: 'signer',
  async run(signal) {
    while (!signal.aborted) {
      const metadata = { namespace: 'default', generateName: 'signature-', labels: { signer: identity } }
      await manager.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
      process.send?.('signed')
      await sleep(50)
    }
  },
})
try {
  await manager.start(stop.signal)
} catch (error) {
  process.exitCode = error instanceof LeadershipLostError ? 3 : 1
} finally {
  await client.close()
}
