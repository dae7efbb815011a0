import type { AdmissionRequest, AdmissionResult, Kind, UnknownApiObject } from '@machinepool/api'
import type { AnyInfraMachinePool } from '@machinepool/contract'
import type { Client } from '@machinepool/kube'

import type { ExternalInfrastructure } from '../cluster/external-cluster.ts'

/** One cloud as this program offers it: everything that `up`, `crds`, `iam` and the others need to know about it. */
export interface Cloud<Simulator extends SimulatedCloud = SimulatedCloud> {
  /** As on the command line. */
  readonly name: string
  /** As people call it. */
  readonly title: string
  readonly kinds: readonly Kind[]
  /** Defaults, checks and conversions of these kinds. */
  readonly hooks: KindRules
  simulate(options: SimulateOptions): Promise<Simulator>
  /** What simulated clusters live in. */
  readonly simulatedInfrastructure: ExternalInfrastructure
  /** What `cluster add --infrastructure` takes to describe the network of a cluster that exists already. */
  readonly existing: ExistingNetwork
  /** Values for the variables of the example and the documented sample, where the environment gives none. */
  readonly simulatedVariables: Readonly<Record<string, string>>
  /** The provider, for the simulated cloud or for the real one. */
  createProvider(options: { readonly env: Environment; readonly simulator?: Pick<Simulator, 'url'> }): CloudProvider
  /** Command lines that look into the simulated cloud, for the curious. */
  lookInto(url: string): string
  /** The least that the provider needs to be allowed, in the cloud's own form. */
  permissions(options: { readonly partition?: string }): object
}

export interface ExistingNetwork {
  /** Besides `--region`, which every cloud has. */
  readonly flags: readonly {
    /** As commander takes them: `--vpc <id>`. */
    readonly flags: string
    readonly description: string
    readonly repeated?: boolean
  }[]
  /** @throws {RangeError} naming the flag that is wrong */
  infrastructure(region: string, values: FlagValues): ExternalInfrastructure
}

/** By name in camel case; a list for a flag that may be repeated. */
export type FlagValues = Readonly<Record<string, string | readonly string[] | undefined>>

export type Environment = Readonly<Record<string, string | undefined>>

export interface KindRules {
  admit(request: AdmissionRequest): AdmissionResult
  convert(object: UnknownApiObject, toApiVersion: string): UnknownApiObject
}

export interface SimulatedCloud {
  readonly url: string
  readonly calls: { count(operation?: string): number; counts(): Record<string, number> }
  close(): Promise<void>
}

export interface SimulateOptions {
  /** Where machines of a cluster join. */
  readonly workload: (cluster: string) => Client | undefined
  /** State is kept here; absent: in memory. */
  readonly stateFile?: string
  /** How long a machine takes from running to joining, in milliseconds. */
  readonly bootMs?: number
  /** Settings of the cloud's own simulator, for tests. */
  readonly settings?: object
}

export interface CloudProvider {
  readonly machinePool: AnyInfraMachinePool
  close(): Promise<void>
}

export function flagText(values: FlagValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export function flagList(values: FlagValues, name: string): readonly string[] {
  const value = values[name]
  return Array.isArray(value) ? value : []
}
