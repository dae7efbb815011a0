import { labels, type MachinePool } from '@machinepool/api'
import { isConflict, type Client, type KubeObject } from '@machinepool/kube'

import { readBootstrap, readInfrastructure } from './external-object.ts'
import { UnknownKindError } from './external-kinds.ts'
import type { ExternalObject, ExternalObjects } from './external-objects.ts'
import { describe, type ContractReference } from './objects.ts'
import { adopt } from './ownership.ts'
import type { BootstrapObservation, InfrastructureObservation } from './status-input.ts'
import type { WriteMemory } from './write-memory.ts'

/** A condition that stops one part of a pass and is worth trying again. */
export class PoolError extends Error {
  override readonly name = 'PoolError'
}

interface Unusable {
  readonly state: 'unusable'
  readonly ref: ContractReference
  readonly reason: string
  readonly message: string
}
type Reference =
  | Unusable
  | { readonly state: 'missing'; readonly ref: ContractReference }
  | {
      readonly state: 'present'
      readonly ref: ContractReference
      readonly found: ExternalObject & { object: KubeObject }
    }

/** Reads what a pool refers to and makes the pool its owner. */
export interface PoolReferences {
  bootstrap(pool: MachinePool, signal: AbortSignal): Promise<{ observed: BootstrapObservation; error?: unknown }>
  infrastructure(
    pool: MachinePool,
    signal: AbortSignal,
  ): Promise<{ observed: InfrastructureObservation; found?: ExternalObject; error?: unknown }>
}

export function createPoolReferences(client: Client, external: ExternalObjects, memory: WriteMemory): PoolReferences {
  /** Adoption errors are the pool's own trouble: they end in the condition of that reference. */
  async function read(
    pool: MachinePool,
    ref: ContractReference,
    signal: AbortSignal,
  ): Promise<{ reference: Reference; error?: unknown }> {
    try {
      const found = await external.get(pool.metadata.namespace ?? '', ref, signal)
      if (found.object === undefined) {
        return { reference: { state: 'missing', ref }, error: new PoolError(`${describe(ref)} does not exist`) }
      }
      const object = memory.latest(found.object)
      const adoption = adopt(object, pool)
      if (adoption.outcome === 'foreign') {
        const message =
          `${describe(ref)} is already controlled by ${adoption.owner.kind} ${adoption.owner.name}; ` +
          'every MachinePool needs one of its own'
        return { reference: { state: 'unusable', ref, reason: 'OwnedByOther', message }, error: new PoolError(message) }
      }
      if (adoption.outcome === 'owned' || object.metadata.deletionTimestamp !== undefined) {
        return { reference: { state: 'present', ref, found: { ...found, object } } }
      }
      const written = await client.patch(found.resource, found.key, { type: 'merge', body: adoption.patch }, { signal })
      memory.remember(found.object, written)
      return { reference: { state: 'present', ref, found: { ...found, object: written } } }
    } catch (error) {
      const reason = error instanceof UnknownKindError ? 'KindUnknown' : 'InternalError'
      const message = isConflict(error)
        ? `${describe(ref)} was changed at the same time; trying again`
        : `${describe(ref)}: ${error instanceof Error ? error.message : String(error)}`
      return { reference: { state: 'unusable', ref, reason, message }, error }
    }
  }

  return {
    async bootstrap(pool, signal) {
      const { configRef, dataSecretName } = pool.spec.template.spec.bootstrap
      if (configRef === undefined) {
        if (dataSecretName !== undefined) return { observed: { state: 'provided' } }
        const message = 'spec.template.spec.bootstrap needs a configRef or a dataSecretName'
        return { observed: { state: 'unspecified' }, error: new PoolError(message) }
      }
      const { reference, error } = await read(pool, configRef, signal)
      if (reference.state !== 'present') return { observed: reference, ...(error === undefined ? {} : { error }) }
      const report = readBootstrap(reference.found.object)
      const observed = { state: 'present', ref: configRef, report } as const
      if (report.dataSecretCreated && report.dataSecretName === undefined) {
        const message = `${describe(configRef)} says its data secret is created but names none in status.dataSecretName`
        return { observed, error: new PoolError(message) }
      }
      return { observed }
    },
    async infrastructure(pool, signal) {
      const ref = pool.spec.template.spec.infrastructureRef
      const { reference, error } = await read(pool, ref, signal)
      if (reference.state !== 'present') return { observed: reference, ...(error === undefined ? {} : { error }) }
      const { found } = reference
      return { observed: { state: 'present', ref, report: readInfrastructure(found.object) }, found }
    },
  }
}

/** Whether an object carries the label of this pool's cluster. */
export function inCluster(object: KubeObject, pool: MachinePool): boolean {
  return object.metadata.labels?.[labels.clusterName] === pool.spec.clusterName
}
