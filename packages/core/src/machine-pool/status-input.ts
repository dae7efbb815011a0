import type { Cluster, Machine, MachinePool } from '@machinepool/api'

import type { BootstrapReport, InfrastructureReport } from './external-object.ts'
import type { NodeSummary } from './node-summary.ts'
import type { ContractReference } from './objects.ts'

/** The bootstrap configuration as this pass found it. */
export type BootstrapObservation =
  /** The user brings the data Secret. */
  | { readonly state: 'provided' }
  /** Neither a configRef nor a data Secret is named. */
  | { readonly state: 'unspecified' }
  | { readonly state: 'missing'; readonly ref: ContractReference }
  /** It cannot be used or read; `reason` is a condition reason. */
  | { readonly state: 'unusable'; readonly ref: ContractReference; readonly reason: string; readonly message: string }
  | { readonly state: 'present'; readonly ref: ContractReference; readonly report: BootstrapReport }

/** The infrastructure pool as this pass found it. */
export type InfrastructureObservation =
  | { readonly state: 'missing'; readonly ref: ContractReference }
  | { readonly state: 'unusable'; readonly ref: ContractReference; readonly reason: string; readonly message: string }
  | { readonly state: 'present'; readonly ref: ContractReference; readonly report: InfrastructureReport }

/** The pool's Nodes as this pass found them. */
export type NodesObservation =
  | { readonly state: 'known'; readonly summary: NodeSummary }
  /** The workload cluster cannot be asked. `sinceMs`: Unix milliseconds at which that began. */
  | { readonly state: 'unknown'; readonly sinceMs: number; readonly problem: string }

/** How far a deletion has come. */
export interface DeletionProgress {
  readonly step:
    | 'WaitingForInfrastructureDeletion'
    | 'WaitingForBootstrapConfigDeletion'
    | 'DeletingNodes'
    | 'DeletionCompleted'
  readonly message: string
}

/** Everything that a MachinePool's status is computed from. */
export interface StatusInput {
  /** As it is after this pass's spec and metadata writes. */
  readonly pool: MachinePool
  readonly cluster: Cluster | undefined
  readonly bootstrap: BootstrapObservation
  readonly infrastructure: InfrastructureObservation
  readonly nodes: NodesObservation
  /** Machines that the pool controls; `undefined` for a pool without Machines. */
  readonly machines: readonly PoolMachine[] | undefined
  readonly deletion?: DeletionProgress
  /** Errors of this pass: while there are any, `observedGeneration` stays. */
  readonly failed: boolean
  /** Unix milliseconds. */
  readonly now: number
}

/** A Machine of the pool with what its Node says, for Machines whose controller has not reported yet. */
export interface PoolMachine {
  readonly machine: Machine
  readonly node?: {
    readonly ready: boolean
    readonly available: boolean
    readonly upToDate: boolean
    readonly kubeletVersion?: string
  }
}

/** How long the last known state of an unreachable workload cluster is shown before conditions become Unknown. */
export const remoteConditionsGraceMs = 5 * 60_000
