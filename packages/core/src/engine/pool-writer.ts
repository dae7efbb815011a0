import {
  errorBehaviours,
  type AnyInfraMachinePool,
  type InfraMachinePoolKind,
  type ProviderError,
} from '@machinepool/contract'
import type { Client } from '@machinepool/kube'
import type { Clock } from '@machinepool/runtime'

import { machinePools } from '../machine-pool/objects.ts'
import type { WriteMemory } from '../machine-pool/write-memory.ts'
import type { EngineCondition } from './decide/conditions.ts'
import { countOutdated, isListed } from './decide/members.ts'
import { failureCondition } from './errors.ts'
import { infraResource, type InfraObject } from './infra-object.ts'
import type { Ledger } from './ledger.ts'
import { objectPatch, statusPatch, type ObjectWish, type StatusWish } from './object-patch.ts'
import type { Pass } from './pass.ts'
import type { PoolPlan } from './pool-plan.ts'
import { createSentStatuses } from './sent-statuses.ts'

/** Writes what is known of a pool to its infrastructure object, and only what changed (R24). */
export interface PoolWriter {
  /** One patch of metadata and spec, one of the status. */
  store(pass: Pass, plan: PoolPlan | undefined, error: ProviderError | undefined): Promise<void>
  /** Only what must survive before the next step is taken; what there is to say is said after it. */
  storeFirst(pass: Pass, plan: PoolPlan): Promise<void>
  /** Says something about a pool of which the cloud was not asked. */
  say(pass: Pass, conditions: readonly EngineCondition[], keepOthers: boolean): Promise<void>
  /** Returns whether there was anything to write. */
  patchObject(pass: Pass, wish: ObjectWish): Promise<boolean>
  /** The pool is gone. */
  forget(pool: Parameters<ReturnType<typeof createSentStatuses>['forget']>[0]): void
}

export interface PoolWriterParts {
  readonly provider: AnyInfraMachinePool
  readonly client: Client
  readonly clock: Clock
  readonly memory: WriteMemory
  readonly machineKind: InfraMachinePoolKind['machineKind'] | undefined
}

export function createPoolWriter(parts: PoolWriterParts): PoolWriter {
  const { provider, client, clock, memory } = parts
  const resource = infraResource(provider.kind)
  const sent = createSentStatuses()

  function objectWish(pass: Pass, plan: PoolPlan): ObjectWish {
    const { observed, decision } = plan
    const providerIDs = listedIDs(pass.object, plan)
    const annotations = provider.report(pass.context.pool, observed).annotations
    const isOurs = observed.exists && observed.owner === 'ours'
    const wish = decision.wish?.revision
    return {
      ledger: withOperations(decision.ledger, pass.context.ledger),
      ...(providerIDs && { providerIDs }),
      // While the wish is not known nobody knows who is outdated.
      ...(wish !== undefined && wish !== '' && { outdatedReplicas: countOutdated(observed.instances, wish) }),
      ...(annotations && { annotations }),
      ...(isOurs && observed.providerID !== undefined && recorded(pass, observed.providerID)),
    }
  }

  /** Where the group is, and what its id adds to what is known of its place. */
  function recorded({ context: { pool, lifecycle } }: Pass, providerID: string): Partial<ObjectWish> {
    if (lifecycle !== 'active') return { providerID }
    const { location } = provider.interpret({ ...pool, recorded: { ...pool.recorded, providerID } })
    return { providerID, location }
  }

  async function patchObject(pass: Pass, wish: ObjectWish): Promise<boolean> {
    const body = objectPatch(pass.object, provider.kind.finalizer, wish)
    if (body === undefined) return false
    await write(pass, body, undefined)
    return true
  }

  async function patchStatus(pass: Pass, wish: StatusWish): Promise<void> {
    const body = statusPatch(pass.object, sent.standing(pass.object), provider.kind, wish, clock.now())
    if (body === undefined) return
    await write(pass, body, 'status')
    sent.remember(body, pass.object)
  }

  async function write(pass: Pass, body: object, subresource: 'status' | undefined): Promise<void> {
    const { namespace = '', name = '' } = pass.object.metadata
    const options = { signal: pass.reconcile.signal, ...(subresource !== undefined && { subresource }) }
    const written = await client.patch(resource, { namespace, name }, { type: 'merge', body }, options)
    memory.remember(pass.cached, written)
    pass.object = written
  }

  async function say(pass: Pass, conditions: readonly EngineCondition[], keepOthers: boolean): Promise<void> {
    const { ready } = pass.object.status ?? {}
    await patchStatus(pass, {
      provisioned: ready === true,
      replicas: undefined,
      infrastructureMachineKind: undefined,
      conditions,
      report: undefined,
      keepOthers,
    })
  }

  /** Under an external scaler the MachinePool's wish follows the group (R7). */
  async function followReplicas({ related, reconcile }: Pass, replicas: number | undefined): Promise<void> {
    const pool = related.machinePool
    if (replicas === undefined || pool === undefined) return
    const { namespace = '', name = '' } = pool.metadata
    const patch = { type: 'merge', body: { spec: { replicas } } } as const
    await client.patch(machinePools, { namespace, name }, patch, { signal: reconcile.signal })
  }

  return {
    async store(pass, plan, error) {
      const quiet = error !== undefined && isPassing(error)
      const failure = error === undefined || quiet ? [] : [failureCondition(error)]
      if (plan === undefined) {
        if (failure.length > 0) await say(pass, failure, true)
        return
      }
      const { observed, decision } = plan
      const wish = objectWish(pass, plan)
      await patchObject(pass, wish)
      const conditions =
        failure.length === 0
          ? decision.conditions
          : [...failure, ...decision.conditions.filter(({ type }) => type !== 'Ready')]
      await patchStatus(pass, {
        provisioned: decision.provisioned || wasProvisioned(pass),
        replicas: wish.providerIDs?.length,
        infrastructureMachineKind: parts.machineKind?.kind,
        conditions,
        report: provider.report(pass.context.pool, observed),
        keepOthers: pass.context.paused,
      })
      await followReplicas(pass, decision.followReplicas)
    },
    async storeFirst(pass, plan) {
      await patchObject(pass, objectWish(pass, plan))
    },
    say,
    patchObject,
    forget: (pool) => sent.forget(pool),
  }
}

/** A world that differs from what was planned is looked at again; only when that goes on is it worth a condition. */
function isPassing(error: ProviderError): boolean {
  return errorBehaviours[error.code].retry === 'observe' && error.code !== 'NotFound'
}

function wasProvisioned({ object, context }: Pass): boolean {
  const { ready, initialization } = object.status ?? {}
  // A CRD without `initialization` keeps `ready` only.
  return context.lifecycle === 'active' && (initialization?.provisioned === true || ready === true)
}

/** Operations that were started in this pass are in the pass's ledger, not yet in the decision's. */
function withOperations(decided: Ledger, current: Ledger): Ledger {
  const started = current.operations.filter(({ id }) => !decided.operations.some((one) => one.id === id))
  return { ...decided, operations: [...decided.operations, ...started] }
}

/** After a listing that was not complete ids are only added (R3). */
function listedIDs(object: InfraObject, { observed, decision }: PoolPlan): readonly string[] | undefined {
  if (decision.providerIDs !== undefined) return decision.providerIDs
  if (observed.complete) return undefined
  const known = object.spec?.providerIDList ?? []
  const seen = observed.instances.filter(isListed).map(({ providerID }) => providerID)
  return [...new Set([...known, ...seen])].toSorted()
}
