import type { Machine, MachinePool } from '@machinepool/api'
import type { Node } from '@machinepool/kube'

/** One instance of a pool as the tree shows it. */
export interface DescribedInstance {
  readonly providerID: string
  readonly machine?: { readonly name: string; readonly phase?: string }
  readonly node?: { readonly name: string; readonly ready: boolean | undefined }
}

export interface InstanceSources {
  readonly pool: MachinePool
  /** As the infrastructure lists them; the pool's own list follows it. */
  readonly providerIDs: readonly string[]
  readonly machines: readonly Machine[]
  /** `undefined`: the workload cluster did not answer. */
  readonly nodes: readonly Node[] | undefined
}

/**
 * Each listed instance with its Machine and its Node. Without an answer of the workload cluster, Nodes are known from the
 * Machines, and from the pool's own references where every instance has one: these come in the order of the provider ids.
 */
export function poolInstances({ pool, providerIDs, machines, nodes }: InstanceSources): readonly DescribedInstance[] {
  const machineOf = new Map(machines.map((machine) => [machine.spec.providerID, machine]))
  const nodeOf = new Map(nodes?.map((node) => [node.spec?.providerID, node]))
  const references = pool.status?.nodeRefs ?? []
  const remembered = (pool.spec.providerIDList ?? []).length === references.length ? references : []
  return providerIDs.map((providerID) => {
    const machine = machineOf.get(providerID)
    const live = nodeOf.get(providerID)
    const known =
      nodes === undefined
        ? (machine?.status?.nodeRef?.name ?? remembered[(pool.spec.providerIDList ?? []).indexOf(providerID)]?.name)
        : live?.metadata.name
    return {
      providerID,
      ...(machine?.metadata.name !== undefined && {
        machine: {
          name: machine.metadata.name,
          ...(machine.status?.phase !== undefined && { phase: machine.status.phase }),
        },
      }),
      ...(known !== undefined && { node: { name: known, ready: live && isReady(live) } }),
    }
  })
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false
}
