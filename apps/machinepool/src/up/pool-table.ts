import { formatTable } from '../output/table.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** The parts of a MachinePool that the live table shows. */
export interface ShownPool {
  readonly metadata: { readonly namespace?: string; readonly name?: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly clusterName?: string; readonly replicas?: number }
  readonly status?: {
    readonly phase?: string
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly conditions?: readonly Condition[]
  }
}

const header = ['POOL', 'CLUSTER', 'DESIRED', 'READY', 'PHASE', 'NOW']

/** Pools as the table that `up` keeps on the screen. */
export function poolTable(pools: readonly ShownPool[]): string {
  const rows = pools.map((pool) => [
    poolName(pool),
    pool.spec.clusterName ?? '',
    String(pool.spec.replicas ?? ''),
    String(pool.status?.readyReplicas ?? 0),
    pool.status?.phase ?? 'Pending',
    happening(pool),
  ])
  return formatTable(header, rows)
}

export function poolName({ metadata }: ShownPool): string {
  const { namespace, name = '' } = metadata
  return namespace === undefined || namespace === 'default' ? name : `${namespace}/${name}`
}

/** Running, and with as many ready Nodes as wished. */
export function isRunning(pool: ShownPool): boolean {
  const wanted = pool.spec.replicas ?? 1
  return (
    pool.metadata.deletionTimestamp === undefined &&
    pool.status?.phase === 'Running' &&
    (pool.status.readyReplicas ?? 0) === wanted
  )
}

/** Which conditions explain what a pool is doing, most telling first; `True` ones report progress, the others trouble. */
const tellingConditions: readonly (readonly [type: string, status: 'True' | 'False'])[] = [
  ['Paused', 'True'],
  ['Deleting', 'True'],
  ['BootstrapConfigReady', 'False'],
  ['InfrastructureReady', 'False'],
  ['Remediating', 'True'],
  ['RollingOut', 'True'],
  ['ScalingDown', 'True'],
  ['ScalingUp', 'True'],
  ['MachinesReady', 'False'],
  ['Available', 'False'],
]

/** One line: what the pool is doing or waiting for; empty when there is nothing to tell. */
export function happening(pool: ShownPool): string {
  const conditions = pool.status?.conditions ?? []
  for (const [type, status] of tellingConditions) {
    const found = conditions.find((condition) => condition.type === type && condition.status === status)
    if (found) return oneLine([found.message, found.reason, type].find((text) => text) ?? '')
  }
  return isRunning(pool) ? '' : 'waiting for the controller'
}

/** Kubernetes conditions list several causes as bullets, a line each. */
function oneLine(message: string): string {
  return message
    .split('\n')
    .map((line) => line.replace(/^\* /, ''))
    .join('; ')
}
