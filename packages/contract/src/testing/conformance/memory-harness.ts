import type { Capabilities } from '../../capabilities.ts'
import type { AnyInfraMachinePool } from '../../infra-machine-pool.ts'
import type { JsonObject } from '../../json.ts'
import { createManualClock } from '../manual-clock.ts'
import { createMemoryCloud, type MemoryCloud } from '../memory-cloud/memory-cloud.ts'
import type { CloudBehaviour, CloudErrorCode } from '../memory-cloud/state.ts'
import { groupName, ownerMark, ownerTag, upstreamMark, upstreamTag } from '../reference/marks.ts'
import { createReferenceProvider } from '../reference/reference-provider.ts'
import type { ReferenceSpec } from '../reference/spec.ts'
import type { ConformanceCloud, ConformanceHarness, FailureCode, PlantedGroup } from './harness.ts'
import type { PoolRef } from '../../pool.ts'

export interface MemoryHarnessOptions {
  readonly behaviour?: Partial<CloudBehaviour>
  readonly capabilities?: Partial<Capabilities>
  /** Of everything the cloud chooses itself. */
  readonly seed?: number
  /** Default: the reference provider. */
  readonly provider?: (cloud: MemoryCloud) => AnyInfraMachinePool
}

const base: ReferenceSpec = {
  region: 'east',
  minSize: 0,
  maxSize: 10,
  instanceType: 'medium',
  image: { id: 'image-1' },
}

/** The suite's harness for providers on the cloud in memory: the model for harnesses of real clouds' simulators. */
export function createMemoryHarness(options: MemoryHarnessOptions = {}): ConformanceHarness {
  const clock = createManualClock()
  // Pages smaller than any pool of the suite, so that paging is always part of it.
  const cloud = createMemoryCloud({
    clock,
    behaviour: { pageSize: 2, ...options.behaviour },
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  })
  const make =
    options.provider ??
    ((on: MemoryCloud) =>
      createReferenceProvider({ cloud: on, ...(options.capabilities ? { capabilities: options.capabilities } : {}) }))
  let provider = make(cloud)
  return {
    get provider() {
      return provider
    },
    clock,
    restart() {
      provider = make(cloud)
    },
    cluster: { namespace: 'default', name: 'c1', infrastructure: { region: 'east' } },
    specs: {
      base: asJson(base),
      reshaped: asJson({ ...base, instanceType: 'large' }),
      retagged: asJson({ ...base, tags: { team: 'blue' } }),
      widened: asJson({ ...base, maxSize: 20 }),
      invalid: asJson({ ...base, minSize: 5, maxSize: 1 }),
      lookedUp: {
        found: asJson({ ...base, image: { name: 'stable' } }),
        nowhere: asJson({ ...base, image: { name: 'nowhere' } }),
      },
    },
    stepMs: 5_000,
    // GetGroups, ListTemplates, one page of instances.
    callBudget: { observe: 3 },
    cloud: handInCloud(cloud),
  }
}

function asJson(spec: ReferenceSpec): JsonObject {
  return structuredClone(spec) as unknown as JsonObject
}

const failureCodes: Readonly<Record<FailureCode, CloudErrorCode>> = {
  Throttled: 'RateExceeded',
  Unavailable: 'ServiceUnavailable',
  Unauthenticated: 'BadCredentials',
  PermissionDenied: 'AccessDenied',
}

function nameOf(providerID: string): string {
  return providerID.slice(providerID.lastIndexOf('/') + 1)
}

function handInCloud(cloud: MemoryCloud): ConformanceCloud {
  return {
    calls: () => cloud.calls,
    describe: (pool) => describe(cloud, pool),
    leaks: (pool) => {
      const { group, instances, templates } = belongings(cloud, pool)
      return [...(group ? [group.name] : []), ...instances.map(({ name }) => name), ...templates.map(({ id }) => id)]
    },
    fail: (sort, code, times) => {
      if (times === 0) cloud.disarm()
      else cloud.arm({ target: sort, times, effect: { error: failureCodes[code] } })
    },
    failPage: () => cloud.arm({ target: { call: 'ListInstances' }, after: 1, effect: { error: 'ServiceUnavailable' } }),
    loseAnswer: () => cloud.arm({ target: 'write', effect: 'loseAnswer' }),
    hang: () => cloud.arm({ target: 'any', effect: 'hang' }),
    lag: (ms) => cloud.lag(ms),
    shortage: (on) => {
      for (const zone of cloud.behaviour.zones) cloud.setCapacity(zone, on ? 0 : undefined)
    },
    quota: (exhausted) => cloud.setQuota(exhausted ? 0 : Number.POSITIVE_INFINITY),
    failOperation: () => cloud.failNextOperation('ServiceUnavailable'),
    moveImage: () => cloud.setImage('stable', 'image-9'),
    recreate: ({ providerID }) => cloud.recreate(nameOf(providerID)),
    terminate: ({ providerID }) => cloud.terminate(nameOf(providerID)),
    rebalance: (pool) => cloud.rebalance(groupName(pool), 24 * 3_600_000),
    plant: (pool, group) => plant(cloud, pool, group),
  }
}

function belongings(cloud: MemoryCloud, pool: PoolRef) {
  const name = groupName(pool)
  return {
    group: cloud.group(name),
    instances: cloud.instances(name),
    templates: cloud.templates().filter(({ tags }) => tags[ownerTag] === ownerMark(pool)),
  }
}

/** Without what changes by itself: boot states, problems that are being retried. */
function describe(cloud: MemoryCloud, pool: PoolRef): JsonObject {
  const { group, instances, templates } = belongings(cloud, pool)
  return {
    group: group
      ? {
          tags: group.tags,
          desired: group.desired,
          min: group.min,
          max: group.max,
          template: group.template,
          hold: group.holdOwner ?? null,
          deleting: group.deleting,
          rollout: group.rollout?.id ?? null,
        }
      : null,
    instances: instances.map(({ name, incarnation }) => `${name}/${incarnation}`).toSorted(),
    templates: templates.map(({ id, tags }) => ({ id, tags })),
  }
}

function plant(cloud: MemoryCloud, pool: PoolRef, group: PlantedGroup): void {
  const tags = {
    none: {},
    otherPool: { [ownerTag]: 'management-1/default/c1/another' },
    upstream: { [upstreamTag]: upstreamMark(pool) },
  }[group.marks]
  cloud.plant({
    name: groupName(pool),
    tags,
    desired: group.size,
    min: base.minSize,
    max: base.maxSize,
    image: 'image-1',
    instanceType: group.drifted ? 'small' : base.instanceType,
  })
}
