import { annotations } from '@machinepool/api'
import type { Clock, WorkloadCluster } from '@machinepool/runtime'

import { uncordon } from '../drain/cordon.ts'
import { drainPass } from '../drain/drain-pass.ts'
import { rulesForMachine } from '../drain/machine-drain-rules.ts'
import type { DrainProgress } from '../drain/progress.ts'
import type { Decision } from './decide/decision.ts'
import type { DrainRules } from './drain-rules.ts'
import { engineAnnotations } from './names.ts'
import type { Pass } from './pass.ts'
import { poolHasAnnotation } from './pool-ref.ts'

/** One pass over the Nodes that are to be emptied, by the rules that hold for the pool. Progress by incarnation. */
export async function drainNodes(
  { object, related, reconcile }: Pass,
  workload: WorkloadCluster,
  targets: Decision['drains'],
  { drainRules, clock }: { readonly drainRules: DrainRules; readonly clock: Clock },
): Promise<ReadonlyMap<string, DrainProgress>> {
  const { machinePool, cluster } = related
  const rules = await drainRules.list(object.metadata.namespace ?? '', reconcile.signal)
  const machineLabels = {
    ...object.metadata.labels,
    ...machinePool?.metadata.labels,
    ...machinePool?.spec.template.metadata?.labels,
  }
  const progress = await drainPass(workload.client, targets, {
    rules: rulesForMachine(rules, machineLabels, cluster?.metadata.labels ?? {}),
    evict: !poolHasAnnotation(object, machinePool, annotations.excludeNodeDraining),
    waitForVolumes: !poolHasAnnotation(object, machinePool, annotations.excludeWaitForVolumeDetach),
    cordonAnnotation: engineAnnotations.nodeCordonedFor,
    now: clock.now(),
    signal: reconcile.signal,
  })
  for (const one of progress.values()) reconcile.log.info({ ...one }, 'drained a Node for one pass')
  return progress
}

/** Undoes our own cordons of Nodes that stay after all. */
export async function undoCordons(pass: Pass, nodes: Decision['uncordon']): Promise<void> {
  const { workload, reconcile } = pass
  if (workload === undefined) return
  await Promise.all(
    nodes.map(async ({ node, incarnation }) => {
      const mark = { annotation: engineAnnotations.nodeCordonedFor, incarnation }
      await uncordon(workload.client, node, mark, reconcile.signal)
      reconcile.log.info({ node }, 'the Node stays after all')
    }),
  )
}
