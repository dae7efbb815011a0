import type { Machine, MachinePoolStatus } from '@machinepool/api'

import type { NodesObservation, PoolMachine, StatusInput } from './status-input.ts'

export interface Counters {
  readonly replicas: number | undefined
  readonly readyReplicas: number | undefined
  readonly availableReplicas: number | undefined
  readonly upToDateReplicas: number | undefined
  readonly versions: NonNullable<MachinePoolStatus['versions']> | undefined
  /** Nodes that are Ready, whoever owns them: what phases and the deprecated counters run on. */
  readonly readyNodes: number | undefined
  readonly availableNodes: number | undefined
}

/**
 * Counts what is there. Pools with Machines count their Machines' conditions, others their Nodes. While the workload cluster
 * cannot be asked the last counts stay; conditions say how old they are.
 */
export function count(input: StatusInput): Counters {
  const old = input.pool.status
  const { infrastructure, nodes } = input
  // Infrastructure that is not provisioned (any more, or made anew) does not know what is running.
  const replicas =
    infrastructure.state === 'present' && infrastructure.report.provisioned
      ? (infrastructure.report.replicas ?? 0)
      : old?.replicas
  const summary = nodes.state === 'known' ? nodes.summary : undefined
  const machines = input.machines === undefined ? undefined : countMachines(input.machines, nodes)
  return {
    replicas,
    readyReplicas: machines?.ready ?? summary?.ready ?? old?.readyReplicas,
    availableReplicas: machines?.available ?? summary?.available ?? old?.availableReplicas,
    upToDateReplicas: machines?.upToDate ?? upToDateNodes(summary?.upToDate, input, replicas) ?? old?.upToDateReplicas,
    versions: machines === undefined ? (summary?.versions ?? old?.versions) : machines.versions,
    readyNodes: summary?.ready ?? old?.deprecated?.v1beta1?.readyReplicas,
    availableNodes: summary?.available ?? old?.deprecated?.v1beta1?.availableReplicas,
  }
}

/** A template may change at the same version: then only the provider knows how many instances are not as wanted. */
function upToDateNodes(
  byVersion: number | undefined,
  { infrastructure }: StatusInput,
  replicas: number | undefined,
): number | undefined {
  const outdated = infrastructure.state === 'present' ? infrastructure.report.outdatedReplicas : undefined
  if (byVersion === undefined || outdated === undefined || replicas === undefined) return byVersion
  return Math.min(byVersion, Math.max(0, replicas - outdated))
}

/** Once provisioned a pool stays so (the contract: never updated after provisioning is completed). */
export function isProvisioned(input: Pick<StatusInput, 'pool' | 'infrastructure'>): boolean {
  return (
    input.pool.status?.initialization?.infrastructureProvisioned === true ||
    (input.infrastructure.state === 'present' && input.infrastructure.report.provisioned)
  )
}

function countMachines(machines: readonly PoolMachine[], nodes: NodesObservation) {
  const versions = new Map<string, number>()
  let ready = 0
  let available = 0
  let upToDate = 0
  for (const { machine, node } of machines) {
    // Without a Machine controller nobody writes these conditions: the Node then speaks for its Machine.
    const seen = nodes.state === 'known' ? node : undefined
    if (isTrue(machine, 'Ready') ?? seen?.ready ?? false) ready += 1
    if (isTrue(machine, 'Available') ?? seen?.available ?? false) available += 1
    if (isTrue(machine, 'UpToDate') ?? seen?.upToDate ?? false) upToDate += 1
    const { version } = machine.spec
    if (version !== undefined && version !== '') versions.set(version, (versions.get(version) ?? 0) + 1)
  }
  return {
    ready,
    available,
    upToDate,
    versions: [...versions]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([version, replicas]) => ({ version, replicas })),
  }
}

function isTrue(machine: Machine, type: string): boolean | undefined {
  const condition = machine.status?.conditions?.find((entry) => entry.type === type)
  return condition === undefined ? undefined : condition.status === 'True'
}
