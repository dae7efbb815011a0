import type { Action, JsonObject, Observation, PoolRef } from '@machinepool/contract'
import { Drive } from '@machinepool/contract/testing'
import type { GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import type { GcpSimulator, SimulatedProject } from '@machinepool/simulator'

import { createGcpWorld } from '../../conformance/gcp-harness.ts'

/** One pool on a simulated Google Cloud, driven by the smallest engine there is. */
export interface GcpTestWorld {
  readonly drive: Drive
  readonly simulator: GcpSimulator
  readonly cloud: SimulatedProject
  /** Another pool on the same cloud. */
  another(overrides: Partial<PoolRef>): Drive
  /** Changes the spec of the pool. */
  change(changes: Partial<GCPMachinePoolSpec>): void
  /** Operations that were called since the world began, or since `forget`. */
  calls(operation?: string): readonly string[]
  forget(): void
  /** Bodies of the calls of one operation. */
  bodies(operation: string): readonly JsonObject[]
  close(): Promise<void>
}

export async function gcpWorld(overrides: Partial<PoolRef> = {}): Promise<GcpTestWorld> {
  const { harness, simulator, spec } = await createGcpWorld()
  const drive = new Drive(harness, overrides)
  return {
    drive,
    simulator,
    cloud: simulator.project(),
    another: (others) => new Drive(harness, others),
    change(changes) {
      drive.pool = { ...drive.pool, spec: json({ ...spec, ...changes }) }
    },
    calls: (operation) => simulator.calls.list(operation).map((call) => call.operation),
    forget: () => simulator.calls.reset(),
    bodies: (operation) => simulator.calls.list(operation).map(({ body }) => body as JsonObject),
    close: async () => harness.close?.(),
  }
}

/** A spec as the pool has it. */
export function json(spec: GCPMachinePoolSpec): JsonObject {
  return structuredClone(spec) as unknown as JsonObject
}

export const writes = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => !/\.(?:get|list|aggregatedList|listManagedInstances|getFromFamily)$/.test(call))

export function typesOf(actions: readonly Action[]): readonly string[] {
  return actions.map(({ type }) => type)
}

/** Lives of the instances, sorted. */
export function lives(observed: Observation): readonly string[] {
  return observed.instances.map(({ incarnation }) => incarnation).toSorted()
}

/** Zones of the instances, sorted. */
export function zonesOf(observed: Observation): readonly string[] {
  return observed.instances.map(({ zone = '' }) => zone).toSorted()
}

/** Path of an instance in the simulator. */
export function instancePath(providerID: string): string {
  const [, zone = '', name = ''] = providerID.replace('gce://', '').split('/')
  return `zones/${zone}/instances/${name}`
}
