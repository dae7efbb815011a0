import { describe, expect, it } from 'vitest'

import type { Action } from '../../actions.ts'
import type { Desired } from '../../desired.ts'
import { ProviderError, type ErrorCode } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { Observation, Ownership } from '../../observation.ts'
import { revision } from '../../revision.ts'
import { doubles, type DoubleName } from '../doubles.ts'
import type { MemoryCloud } from '../memory-cloud/memory-cloud.ts'
import { groupName, ownerTag } from '../reference/marks.ts'
import type { ReferenceGroup } from '../reference/group.ts'
import { createReferenceProvider, type ReferenceProvider } from '../reference/reference-provider.ts'
import type { ReferenceSpec } from '../reference/spec.ts'
import { createMemoryHarness } from './memory-harness.ts'
import { conformanceCases, planConformance, runConformanceCase, type ConformanceSuite } from './suite.ts'

type Seen = Observation<ReferenceGroup>
type Wish = Desired<ReferenceSpec>

/** What a defect can get hold of. */
interface Process {
  readonly cloud: MemoryCloud
  /** 1 for the first process on this cloud, 2 after a restart. */
  readonly number: number
}

interface Defect {
  readonly name: string
  readonly double?: DoubleName
  /** The pool publishes machines. */
  readonly machines?: boolean
  readonly inject: (provider: ReferenceProvider, process: Process) => Partial<ReferenceProvider>
  readonly fails: readonly string[]
  /** Run these cases only, because all others would hang. */
  readonly only?: readonly string[]
}

// Short ways to break one method.

const observing =
  (change: (observed: Seen, provider: ReferenceProvider) => Seen): Defect['inject'] =>
  (provider) => ({ observe: async (pool, io) => change(await provider.observe(pool, io), provider) })

const owning = (from: (tags: Readonly<Record<string, string>>, owner: Ownership) => boolean): Defect['inject'] =>
  observing((observed) =>
    observed.group && from(observed.group.group.tags, observed.owner) ? { ...observed, owner: 'ours' } : observed,
  )

const wishing =
  (change: (desired: Wish, observed: Seen) => Wish): Defect['inject'] =>
  (provider) => ({ plan: (desired, observed) => provider.plan(change(desired, observed), observed) })

const planning =
  (change: (actions: readonly Action[], desired: Wish, observed: Seen) => readonly Action[]): Defect['inject'] =>
  (provider) => ({
    plan: (desired, observed) => change(provider.plan(desired, observed), desired, observed),
  })

const without = (drop: (action: Action) => boolean): Defect['inject'] =>
  planning((actions) => actions.filter((action) => !drop(action)))

const executing =
  (change: (action: Action, process: Process) => Action | Promise<Action>): Defect['inject'] =>
  (provider, process) => ({
    execute: async (pool, action, io) => provider.execute(pool, await change(action, process), io),
  })

/** Says another code than the cloud meant. */
const mistaking = (from: ErrorCode, to: ErrorCode): Defect['inject'] => {
  const mistake = (error: unknown): never => {
    const own = !ProviderError.is(error) || error.reason === 'Aborted' || error.reason === 'DeadlineExceeded'
    if (own || error.code !== from) throw error
    throw new ProviderError({ code: to, message: error.message })
  }
  return (provider) => ({
    observe: (pool, io) => provider.observe(pool, io).catch(mistake),
    execute: (pool, action, io) => provider.execute(pool, action, io).catch(mistake),
  })
}

const withIo =
  (change: (io: Io) => Io): Defect['inject'] =>
  (provider) => ({
    observe: (pool, io) => provider.observe(pool, change(io)),
    execute: (pool, action, io) => provider.execute(pool, action, change(io)),
  })

const problemsAs = (from: ErrorCode, to: ErrorCode): Defect['inject'] =>
  observing((observed) => ({
    ...observed,
    problems: observed.problems.map((each) => (each.code === from ? { ...each, code: to } : each)),
  }))

const tag = (desired: Wish): Action => ({
  type: 'Tag',
  resource: groupName(desired.pool),
  set: {},
  remove: [],
  reason: 'to be sure',
  changes: [],
  idempotencyKey: 'again',
  parameters: {},
})

const defects: readonly Defect[] = [
  {
    name: 'has a mark that another process does not know',
    inject: (provider, { number }) => ({
      observe: async (pool, io) => {
        const observed = await provider.observe(pool, io)
        return number > 1 && !pool.recorded.providerID ? { ...observed, owner: 'unmarked' } : observed
      },
    }),
    fails: ['IMP-001', 'IMP-040', 'IMP-041', 'IMP-053'],
  },
  {
    name: 'takes the group of another pool for its own',
    inject: owning((tags, owner) => owner === 'foreign' && tags[ownerTag] !== undefined),
    fails: ['IMP-002', 'IMP-008'],
  },
  {
    name: 'leaves its own things beside the group of somebody else',
    inject: planning((actions, desired, observed) =>
      desired.presence === 'absent' && observed.owner === 'foreign' ? [] : actions,
    ),
    fails: ['IMP-008'],
  },
  {
    name: 'takes an unmarked group for its own',
    inject: owning((_tags, owner) => owner === 'unmarked'),
    fails: ['IMP-003'],
  },
  {
    name: "takes upstream's group without permission",
    inject: owning((tags, owner) => owner === 'foreign' && tags[ownerTag] === undefined),
    fails: ['IMP-004'],
  },
  {
    name: 'makes a new template instead of stamping an equal one',
    inject: wishing((desired) => ({ ...desired, stamp: false })),
    fails: ['IMP-005'],
  },
  { name: 'sees no drift', inject: () => ({ drift: () => [] }), fails: ['IMP-006'] },
  {
    name: 'deletes by prefix',
    inject: (provider, { cloud }) => ({
      execute: async (pool, action, io) => {
        const others = cloud.groups().filter(({ name }) => name.startsWith(groupName(pool)))
        if (action.type === 'DeleteGroup') {
          for (const { name } of others) await cloud.connect().deleteGroup(name, `delete ${name}`, io.signal)
        }
        return provider.execute(pool, action, io)
      },
    }),
    fails: ['IMP-007'],
  },
  {
    name: 'sorts the instances it was given in place',
    inject: wishing((desired, observed) => {
      ;(observed.instances as Seen['instances'][number][]).reverse()
      return desired
    }),
    fails: ['IMP-010'],
  },
  {
    name: 'makes keys of its own in each process',
    inject: (provider, { number }) => ({
      plan: (desired, observed) =>
        provider.plan(desired, observed).map((action) => ({
          ...action,
          idempotencyKey: `${action.idempotencyKey}-${number}`,
        })),
    }),
    fails: ['IMP-011'],
  },
  {
    name: 'counts the bootstrap content into the revision',
    inject: (provider) => ({
      revision: (pool, resolved, bootstrap) =>
        revision('1', [provider.revision(pool, resolved, bootstrap), bootstrap?.contentHash ?? null]),
    }),
    fails: ['IMP-012', 'IMP-033'],
  },
  {
    name: 'leaves the secret name out of the revision',
    inject: (provider) => ({ revision: (pool, resolved) => provider.revision(pool, resolved, undefined) }),
    fails: ['IMP-012'],
  },
  {
    name: 'counts tags into the revision',
    inject: (provider) => ({
      revision: (pool, resolved, bootstrap) =>
        revision('1', [provider.revision(pool, resolved, bootstrap), { ...pool.spec.tags }]),
    }),
    fails: ['IMP-013', 'IMP-028'],
  },
  {
    name: 'accepts a spec that contradicts itself',
    inject: (provider) => ({
      interpret: (pool) => provider.interpret({ ...pool, spec: { ...pool.spec, minSize: 0, maxSize: 10 } }),
    }),
    fails: ['IMP-014'],
  },
  {
    name: 'needs the infrastructure cluster to know the location',
    inject: (provider) => ({
      interpret: (pool) => {
        if (pool.cluster.infrastructure) return provider.interpret(pool)
        throw new ProviderError({ code: 'InvalidSpec', message: 'no cluster', field: 'spec.region' })
      },
    }),
    fails: ['IMP-015', 'IMP-051'],
  },
  {
    name: 'shows the bootstrap data in the plan',
    inject: planning((actions) =>
      actions.map((action) =>
        action.type === 'CreateTemplate'
          ? { ...action, parameters: { ...action.parameters, userData: action.bootstrap?.reveal() } }
          : action,
      ),
    ),
    fails: ['IMP-016'],
  },
  {
    name: 'logs the bootstrap data',
    inject: (provider) => ({
      execute: (pool, action, io) => {
        if (action.type === 'CreateTemplate') io.log.debug('request', { body: action.bootstrap?.reveal() })
        return provider.execute(pool, action, io)
      },
    }),
    fails: ['IMP-016'],
  },
  {
    name: 'reports a condition without a reason',
    inject: () => ({
      report: () => ({
        status: {},
        conditions: [{ type: 'Ready', status: 'True', reason: '', message: '', severity: '' }],
      }),
    }),
    fails: ['IMP-017'],
  },
  {
    name: 'removes a neighbour instead',
    inject: planning((actions, _desired, observed) =>
      actions.map((action) =>
        action.type === 'RemoveInstances' && !action.keepSize && action.instances.length === 1
          ? { ...action, instances: observed.instances.slice(0, 1) }
          : action,
      ),
    ),
    fails: ['IMP-018', 'IMP-022'],
  },
  {
    name: 'writes once to be sure in each process',
    inject: (provider) => {
      let sure = false
      return {
        plan: (desired, observed) => {
          const actions = provider.plan(desired, observed)
          return actions.length > 0 || sure || !observed.exists || observed.owner !== 'ours' ? actions : [tag(desired)]
        },
        execute: (pool, action, io) => {
          sure ||= action.idempotencyKey === 'again'
          return provider.execute(pool, action, io)
        },
      }
    },
    fails: ['IMP-020', 'IMP-041'],
  },
  {
    name: 'keeps one instance for ever',
    inject: planning((actions, desired) =>
      desired.size === 0 ? actions.filter(({ type }) => type !== 'RemoveInstances') : actions,
    ),
    fails: ['IMP-021'],
  },
  {
    name: 'replaces a second instance along',
    inject: planning((actions, _desired, observed) =>
      actions.map((action) =>
        action.type === 'RemoveInstances' && action.keepSize
          ? { ...action, instances: observed.instances.slice(0, 2) }
          : action,
      ),
    ),
    fails: ['IMP-023'],
  },
  {
    name: 'removes whoever has the name by now',
    double: 'recreating',
    inject: executing((action, { cloud }) => {
      if (action.type !== 'RemoveInstances') return action
      const now = cloud.groups().flatMap(({ name }) => cloud.instances(name))
      const instances = action.instances.map(
        (wanted) => now.find(({ providerID }) => providerID === wanted.providerID) ?? wanted,
      )
      return { ...action, instances }
    }),
    fails: ['IMP-024'],
  },
  {
    name: 'fails to remove what is gone',
    inject: executing((action, { cloud }) => {
      if (action.type !== 'RemoveInstances') return action
      const now = cloud.groups().flatMap(({ name }) => cloud.instances(name))
      for (const { incarnation } of action.instances) {
        if (now.some((each) => each.incarnation === incarnation)) continue
        throw new ProviderError({ code: 'NotFound', message: 'no such instance' })
      }
      return action
    }),
    fails: ['IMP-025'],
  },
  {
    name: 'shrinks by the size alone',
    inject: planning((actions, desired, observed) => {
      if (desired.size === undefined || desired.remove.length > 0 || !observed.size) return actions
      if (observed.owner !== 'ours') return actions
      if (desired.size >= observed.size.desired) return actions
      const shrink: Action = { ...tag(desired), type: 'Resize', from: observed.size.desired, to: desired.size }
      return [...actions, shrink]
    }),
    fails: ['IMP-026'],
  },
  {
    name: 'sets a size nobody asked for',
    inject: wishing((desired) => ({ ...desired, size: desired.size ?? 4 })),
    fails: ['IMP-027'],
  },
  {
    name: 'forgets the tags',
    inject: without((action) => action.type === 'Tag' && action.set[ownerTag] === undefined),
    fails: ['IMP-028'],
  },
  {
    name: 'takes the number of live instances for the size',
    inject: planning((actions, desired, observed) => {
      const running = observed.instances.filter(({ state }) => state === 'Running').length
      const from = observed.size?.desired ?? 0
      const raise: Action = { ...tag(desired), type: 'Resize', from, to: running }
      return actions.length === 0 && observed.owner === 'ours' && running > from && from > 0 ? [raise] : actions
    }),
    fails: ['IMP-029'],
  },
  {
    name: 'does not say which template is current',
    inject: observing((observed) => ({
      ...observed,
      templates: observed.templates.map((each) => ({ ...each, current: false })),
    })),
    fails: ['IMP-005', 'IMP-006', 'IMP-030', 'IMP-032', 'IMP-033'],
  },
  {
    name: 'says that every instance is of the current template',
    inject: observing((observed) => {
      const current = observed.templates.find((each) => each.current)?.revision
      if (current === undefined) return observed
      return { ...observed, instances: observed.instances.map((each) => ({ ...each, revision: current })) }
    }),
    fails: ['IMP-031', 'IMP-032'],
  },
  {
    name: 'keeps templates that nothing uses',
    inject: planning((actions, desired) =>
      desired.presence === 'absent' ? actions : actions.filter(({ type }) => type !== 'DeleteTemplate'),
    ),
    fails: ['IMP-032'],
  },
  {
    name: 'ignores new bootstrap content',
    inject: wishing((desired, observed) => {
      const hash = observed.templates.find((each) => each.current && each.revision === desired.revision)?.bootstrapHash
      if (!desired.bootstrap || hash === undefined) return desired
      return { ...desired, bootstrap: { ...desired.bootstrap, contentHash: hash } }
    }),
    fails: ['IMP-033'],
  },
  {
    name: 'does not wait for approval',
    inject: wishing((desired) => ({ ...desired, template: 'apply' })),
    fails: ['IMP-006', 'IMP-034'],
  },
  {
    name: 'looks the image up every time',
    inject: (provider) => ({
      resolve: (pool, { group: _group, ...observed }, io) => provider.resolve(pool, observed, io),
    }),
    fails: ['IMP-035'],
  },
  {
    name: 'throws for an image that does not exist',
    inject: (provider) => ({
      resolve: async (pool, observed, io) => {
        const resolved = await provider.resolve(pool, observed, io)
        const [problem] = resolved.problems
        if (problem) throw new ProviderError(problem)
        return resolved
      },
    }),
    fails: ['IMP-036'],
  },
  {
    name: 'makes a template for each attempt',
    inject: (provider) => {
      let attempts = 0
      return {
        execute: (pool, action, io) =>
          provider.execute(pool, { ...action, idempotencyKey: `${action.idempotencyKey}-${++attempts}` }, io),
      }
    },
    fails: ['IMP-068'],
  },
  {
    name: 'knows its templates only while it lives',
    inject: (provider) => {
      const own = new Set<string>()
      return {
        observe: async (pool, io) => {
          const observed = await provider.observe(pool, io)
          const templates = observed.templates.filter(({ revision: mark }) => mark === undefined || own.has(mark))
          return { ...observed, templates }
        },
        execute: (pool, action, io) => {
          if (action.type === 'CreateTemplate') own.add(action.revision)
          return provider.execute(pool, action, io)
        },
      }
    },
    fails: ['IMP-020', 'IMP-041', 'IMP-051', 'IMP-052', 'IMP-053'],
  },
  {
    name: 'repeats a lost write with another key',
    inject: (provider) => ({
      execute: async (pool, action, io) => {
        try {
          return await provider.execute(pool, action, io)
        } catch (error) {
          if (!ProviderError.is(error) || error.code !== 'Unavailable' || io.signal.aborted) throw error
          return provider.execute(pool, { ...action, idempotencyKey: `${action.idempotencyKey}-again` }, io)
        }
      },
    }),
    fails: ['IMP-042'],
  },
  {
    name: 'waits for the cloud',
    inject: (provider) => ({
      execute: async (pool, action, io) => {
        const result = await provider.execute(pool, action, io)
        await new Promise<void>((resolve) => {
          io.clock.after(1_000, resolve)
        })
        return result
      },
    }),
    only: ['IMP-043'],
    fails: ['IMP-043'],
  },
  {
    name: 'leaves templates behind and says nothing',
    inject: (provider) => ({
      observe: async (pool, io) => ({ ...(await provider.observe(pool, io)), leftovers: [] }),
      plan: (desired, observed) =>
        desired.presence === 'absent' && !observed.exists ? [] : provider.plan(desired, observed),
    }),
    fails: ['IMP-050', 'IMP-051', 'IMP-052', 'IMP-053'],
  },
  {
    name: 'deletes what never was',
    inject: (provider) => {
      let tried = false
      return {
        plan: (desired, observed) => {
          const actions = provider.plan(desired, observed)
          if (desired.presence === 'present' || tried || observed.exists || actions.length > 0) return actions
          return [{ ...tag(desired), type: 'DeleteGroup' }]
        },
        execute: (pool, action, io) => {
          tried ||= action.type === 'DeleteGroup'
          return provider.execute(pool, action, io)
        },
      }
    },
    fails: ['IMP-052', 'IMP-054'],
  },
  {
    name: 'calls a short listing complete',
    inject: observing((observed) => ({ ...observed, complete: true })),
    fails: ['IMP-060'],
  },
  { name: 'calls throttling an outage', inject: mistaking('Throttled', 'Unavailable'), fails: ['IMP-061'] },
  { name: 'calls an outage a defect', inject: mistaking('Unavailable', 'Internal'), fails: ['IMP-062'] },
  {
    name: 'calls wrong credentials a missing permission',
    inject: mistaking('Unauthenticated', 'PermissionDenied'),
    fails: ['IMP-063'],
  },
  {
    name: 'calls a missing permission wrong credentials',
    inject: mistaking('PermissionDenied', 'Unauthenticated'),
    fails: ['IMP-064'],
  },
  {
    name: 'answers throttling with another try',
    inject: (provider) => ({
      observe: (pool, io) =>
        provider.observe(pool, io).catch((error: unknown) => {
          if (ProviderError.is(error) && error.code === 'Throttled') return provider.observe(pool, io)
          throw error
        }),
    }),
    fails: ['IMP-065'],
  },
  {
    name: 'calls a shortage an outage',
    inject: problemsAs('InsufficientCapacity', 'Unavailable'),
    fails: ['IMP-066'],
  },
  { name: 'calls a quota a shortage', inject: problemsAs('QuotaExceeded', 'InsufficientCapacity'), fails: ['IMP-067'] },
  {
    name: 'adds to the size instead of setting it',
    inject: executing((action, { cloud }) => {
      if (action.type !== 'Resize') return action
      const desired = cloud.groups()[0]?.desired ?? 0
      return { ...action, to: Math.min(10, desired + action.to - action.from) }
    }),
    fails: ['IMP-040'],
  },
  {
    name: 'does not listen to the caller',
    inject: withIo((io) => ({ ...io, signal: new AbortController().signal })),
    fails: ['IMP-070'],
  },
  {
    name: 'has no deadline of its own',
    inject: withIo((io) => ({ ...io, clock: { now: () => io.clock.now(), after: () => () => undefined } })),
    fails: ['IMP-071'],
  },
  {
    name: 'reads everything twice',
    inject: (provider) => ({
      observe: async (pool, io) => {
        await provider.observe(pool, io)
        return provider.observe(pool, io)
      },
    }),
    fails: ['IMP-072'],
  },
  {
    name: 'says too early that an operation is done',
    double: 'slow',
    inject: observing((observed) => ({
      ...observed,
      operations: observed.operations.map(({ id }) => ({ id, status: 'done' })),
    })),
    fails: ['IMP-080', 'IMP-081'],
  },
  {
    name: 'takes a failed operation for a good one',
    double: 'slow',
    inject: observing((observed) => ({
      ...observed,
      operations: observed.operations.map((each) =>
        each.status === 'failed' ? { id: each.id, status: 'done' } : each,
      ),
    })),
    fails: ['IMP-081'],
  },
  {
    name: 'does not say which instances an operation takes',
    double: 'slow',
    inject: (provider) => ({
      execute: async (pool, action, io) => {
        const result = await provider.execute(pool, action, io)
        if (result.status === 'done') return result
        return { status: 'started', operation: { ...result.operation, instances: [] } }
      },
    }),
    fails: ['IMP-082'],
  },
  {
    name: 'does not see that a termination waits',
    inject: observing((observed) => ({
      ...observed,
      instances: observed.instances.map(({ hold, ...each }) => (hold ? { ...each, state: 'Terminating' } : each)),
    })),
    // A roll then takes as long as the holds last, which is longer than the suite waits.
    fails: ['IMP-032', 'IMP-085', 'IMP-086', 'IMP-087'],
  },
  {
    name: 'releases only once',
    inject: (provider) => {
      const released = new Set<string>()
      return {
        execute: (pool, action, io) => {
          if (action.type === 'ReleaseInstance') {
            const { incarnation } = action.instance
            if (released.has(incarnation)) throw new ProviderError({ code: 'Conflict', message: 'not held' })
            released.add(incarnation)
          }
          return provider.execute(pool, action, io)
        },
      }
    },
    fails: ['IMP-086'],
  },
  {
    name: 'only pretends a heartbeat',
    inject: (provider) => ({
      execute: async (pool, action, io) =>
        action.type === 'ExtendHold' ? { status: 'done' } : provider.execute(pool, action, io),
    }),
    fails: ['IMP-087'],
  },
  {
    name: 'never takes its hold away',
    inject: without((action) => action.type === 'SetHold' && !action.enabled),
    fails: ['IMP-088'],
  },
  {
    name: 'starts a rollout that is running',
    inject: planning((actions, desired) =>
      desired.rollout === 'start'
        ? [...actions, { ...tag(desired), type: 'StartRollout', revision: desired.revision }]
        : actions,
    ),
    fails: ['IMP-090'],
  },
  {
    name: 'gives a machine another answer each time',
    machines: true,
    inject: (provider) => {
      let asked = 0
      return {
        machine: (pool, instance, observed) => {
          asked += 1
          const said = provider.machine!(pool, instance, observed)
          return { ...said, status: { ...said.status, asked } }
        },
      }
    },
    fails: ['IMP-019'],
  },
]

function suiteFor({ double, machines = false, inject }: Defect): ConformanceSuite {
  const harness = () => {
    let processes = 0
    return createMemoryHarness({
      ...(double ? { behaviour: doubles[double] } : {}),
      provider: (cloud) => {
        const provider = createReferenceProvider({ cloud, ...(machines ? { capabilities: { machines } } : {}) })
        processes += 1
        return { ...provider, ...inject(provider, { cloud, number: processes }) }
      },
    })
  }
  return { name: 'broken', harness, capabilities: harness().provider.capabilities }
}

async function failing(defect: Defect): Promise<readonly string[]> {
  const suite = suiteFor(defect)
  const failed: string[] = []
  for (const planned of planConformance(suite)) {
    if (planned.status !== 'run') continue
    if (defect.only && !defect.only.includes(planned.case.id)) continue
    try {
      await runConformanceCase(suite, planned.case)
    } catch {
      failed.push(planned.case.id)
    }
  }
  return failed
}

describe('the conformance suite', () => {
  const sound = ['none', ...Object.keys(doubles)].map((double) => ({
    double: double === 'none' ? undefined : (double as DoubleName),
  }))

  it.each(sound)('finds nothing wrong with a sound provider (double: $double)', async ({ double }) => {
    const defect = { name: 'none', inject: () => ({}), fails: [], ...(double ? { double } : {}) }
    expect(await failing(defect)).toEqual([])
  })

  it.each(defects)('finds a provider that $name', async (defect) => {
    expect(await failing(defect)).toEqual(defect.fails)
  })

  it('has a defect for every case', () => {
    const found = new Set(defects.flatMap(({ fails }) => fails))
    expect(conformanceCases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([])
  })
})
