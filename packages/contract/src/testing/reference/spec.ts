import type { InfraMachinePoolKind } from '../../kind.ts'
import type { DeletePolicy, IntOrPercent } from '../../policy.ts'

/** The spec of the reference kind: as small as it can be and still show every question a provider has to answer. */
export interface ReferenceSpec {
  readonly region: string
  readonly minSize: number
  readonly maxSize: number
  readonly instanceType: string
  /** By id, or by a name that the provider looks up. */
  readonly image: { readonly id: string } | { readonly name: string }
  /** Zones of the cloud when absent. */
  readonly zones?: readonly string[]
  /** On the group; no reason to replace anything. */
  readonly tags?: Readonly<Record<string, string>>
  readonly rollout?: {
    readonly strategy?: 'RollingUpdate' | 'OnDelete' | 'CloudRollout'
    readonly maxSurge?: IntOrPercent
    readonly maxUnavailable?: IntOrPercent
    readonly deletePolicy?: DeletePolicy
  }
}

export const referenceKind: InfraMachinePoolKind = {
  group: 'infrastructure.machinepool.test',
  version: 'v1beta1',
  kind: 'MemoryMachinePool',
  plural: 'memorymachinepools',
  finalizer: 'memorymachinepool.infrastructure.machinepool.test',
  machineKind: {
    kind: 'MemoryMachine',
    plural: 'memorymachines',
    finalizer: 'memorymachine.infrastructure.machinepool.test',
  },
  clusterKinds: [
    {
      group: 'infrastructure.machinepool.test',
      version: 'v1beta1',
      kind: 'MemoryCluster',
      plural: 'memoryclusters',
    },
  ],
  conditions: { shape: 'metav1', v1beta2: false },
  annotations: [],
}
