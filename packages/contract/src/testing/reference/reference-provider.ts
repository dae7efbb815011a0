import type { Capabilities } from '../../capabilities.ts'
import { ProviderError } from '../../errors.ts'
import type { InfraMachinePool, Report } from '../../infra-machine-pool.ts'
import type { MachineObject } from '../../machine.ts'
import type { Instance } from '../../instance.ts'
import type { Observation } from '../../observation.ts'
import type { Interpretation } from '../../policy.ts'
import type { PoolRef } from '../../pool.ts'
import type { MemoryCloud } from '../memory-cloud/memory-cloud.ts'
import type { CloudBehaviour } from '../memory-cloud/state.ts'
import { execute } from './execute.ts'
import type { ReferenceGroup } from './group.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import { resolve } from './resolve.ts'
import { referenceKind, type ReferenceSpec } from './spec.ts'
import { currentTemplate, revisionOfPool, templateChanges } from './template.ts'

export type ReferenceProvider = InfraMachinePool<ReferenceSpec, ReferenceGroup>

export interface ReferenceProviderOptions {
  readonly cloud: MemoryCloud
  /** Default: what the cloud's behaviour allows. */
  readonly capabilities?: Partial<Capabilities>
}

/**
 * An InfraMachinePool on the cloud in memory: the model for provider authors, and the engine's partner in tests. One
 * provider stands for one process; make a new one to restart.
 */
export function createReferenceProvider(options: ReferenceProviderOptions): ReferenceProvider {
  const connection = options.cloud.connect()
  const capabilities = { ...capabilitiesOf(options.cloud.behaviour), ...options.capabilities }
  return {
    kind: referenceKind,
    capabilities,
    interpret,
    observe: (pool, io) => observe(connection, pool, io),
    resolve: (pool, observed, io) => resolve(connection, pool, observed, io),
    revision: revisionOfPool,
    drift: (desired, observed) => templateChanges(desired, currentTemplate(observed)),
    plan: (desired, observed) => plan(capabilities, desired, observed),
    execute: (pool, action, io) => execute({ connection, capabilities, pool, io }, action),
    report,
    machine,
  }
}

/** What a provider can do is what its cloud can do. */
export function capabilitiesOf(behaviour: CloudBehaviour): Capabilities {
  const { hold, operationMs, recreatesInPlace, removal, rollout } = behaviour
  const choosable = removal !== 'none'
  return {
    removeChosen: choosable,
    removeKeepingSize: removal === 'keepOrShrink' ? 'atomic' : removal === 'shrinkOnly' ? 'twoWrites' : 'no',
    holdTermination: hold
      ? { heartbeatSeconds: hold.heartbeatMs / 1_000, maximumSeconds: hold.maximumMs / 1_000 }
      : false,
    cloudRollout: rollout === 'onRequest' ? 'optional' : rollout,
    machines: false,
    drainsByItself: {
      scaleIn: !choosable,
      rollout: !choosable,
      groupDeletion: !choosable,
      cloudTermination: false,
    },
    surge: choosable ? 'size' : 'cloud',
    scaleToZero: true,
    longRunningOperations: operationMs > 0,
    reusesProviderIDs: recreatesInPlace,
    resizeRemovesLive: !choosable,
  }
}

function interpret(pool: PoolRef<ReferenceSpec>): Interpretation {
  const { minSize, maxSize, region, rollout } = pool.spec
  if (!Number.isInteger(minSize) || minSize < 0) throw invalid('spec.minSize', `is ${minSize}; give 0 or more`)
  if (maxSize < minSize) throw invalid('spec.maxSize', `is ${maxSize}, less than minSize ${minSize}`)
  if (!region && !pool.recorded.location) throw invalid('spec.region', 'is missing; name a region')
  return {
    location: pool.recorded.location ?? { region },
    policy: {
      minSize,
      maxSize,
      rollout: {
        strategy: rollout?.strategy ?? 'RollingUpdate',
        maxSurge: rollout?.maxSurge ?? 1,
        maxUnavailable: rollout?.maxUnavailable ?? 0,
        deletePolicy: rollout?.deletePolicy ?? 'Oldest',
      },
    },
  }
}

function invalid(field: string, problem: string): ProviderError {
  return new ProviderError({ code: 'InvalidSpec', message: `${field} ${problem}.`, field })
}

function report(_pool: PoolRef<ReferenceSpec>, observed: Observation<ReferenceGroup>): Report {
  const template = observed.group?.group.template
  return { status: template === undefined ? {} : { template }, conditions: [] }
}

function machine(_pool: PoolRef<ReferenceSpec>, { zone, instanceType, addresses }: Instance): MachineObject {
  return {
    spec: instanceType === undefined ? {} : { instanceType },
    status: {
      ready: true,
      initialization: { provisioned: true },
      addresses: addresses.map((each) => ({ ...each })),
      ...(zone === undefined ? {} : { failureDomain: zone }),
    },
  }
}
