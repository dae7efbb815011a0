import type { InfraMachinePoolKind } from '@machinepool/contract'
import type { Client, Secret, Store } from '@machinepool/kube'

import { readBootstrap } from './bootstrap.ts'
import type { InfraObject } from './infra-object.ts'
import { parseLedger } from './ledger.ts'
import { engineAnnotations } from './names.ts'
import type { PoolContext } from './pool-plan.ts'
import {
  controlPlaneVersionOf,
  controlsOf,
  poolHasAnnotation,
  poolRefOf,
  prerequisiteOf,
  timingOf,
} from './pool-ref.ts'
import type { RelatedObjects } from './related-objects.ts'

export interface ContextSource {
  readonly kind: InfraMachinePoolKind
  /** For pools that have none recorded. */
  readonly managementId: string
  readonly client: Client
  /** Copies of bootstrap data Secrets; what is not there is read. */
  readonly secrets: Pick<Store<Secret>, 'get'>
  readonly holdTerminations: boolean
}

/** What Kubernetes says about a pool, as the engine's decisions take it. Nodes and machines are not known yet. */
export async function gatherContext(
  object: InfraObject,
  related: RelatedObjects,
  source: ContextSource,
  signal: AbortSignal,
): Promise<PoolContext<unknown>> {
  const { machinePool, lifecycle, paused } = related
  const ledger = parseLedger(object.metadata.annotations?.[engineAnnotations.ledger])
  const optsIn = poolHasAnnotation(object, machinePool, engineAnnotations.rollOnBootstrapChange)
  return {
    pool: poolRefOf(object, related, source.kind, source.managementId, ledger),
    lifecycle,
    paused,
    bootstrap:
      lifecycle === 'active'
        ? await readBootstrap(machinePool, optsIn, { client: source.client, store: source.secrets, signal })
        : { status: 'none' },
    controlPlaneVersion: controlPlaneVersionOf(related.controlPlane),
    prerequisite: prerequisiteOf(related, source.kind),
    nodes: undefined,
    machines: undefined,
    controls: controlsOf(object, machinePool),
    timing: timingOf(machinePool),
    holdTerminations: source.holdTerminations,
    ledger,
  }
}
