import { storeKey, type KubeObject, type ObjectKey, type StoreEvent } from '@machinepool/kube'
import { pino } from 'pino'
import { Registry } from 'prom-client'

import type { Informer } from '../cache.ts'
import type { Clock } from '../clock.ts'
import type { Controller, ControllerOptions, Watch } from '../controller.ts'
import type { Manager } from '../manager.ts'
import type { Request, Result } from '../reconcile.ts'
import type { SlimNode, WorkloadCluster, WorkloadClusters } from '../workload-clusters.ts'
import type { MemoryApi } from './memory-api.ts'

/** A manager whose one controller works only when it is told to. */
export interface TestManager {
  readonly manager: Manager
  /** Requests that events have led to and that were not worked on yet. */
  readonly queued: readonly Request[]
  /** Failures of the reconciles of the last `settle` or `reconcile`. */
  readonly errors: readonly unknown[]
  /** Events recorded so far. */
  readonly events: readonly RecordedEvent[]
  /** Works until no event leads to more work, at most so many rounds. Delayed work is not waited for. */
  settle(maximum?: number): Promise<void>
  /** One reconcile, which may throw. */
  reconcile(request: Request): Promise<Result | undefined>
}

export interface RecordedEvent {
  readonly object: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export function createTestManager(api: MemoryApi, clock: Clock): TestManager {
  const queue = new Map<string, Request>()
  const errors: unknown[] = []
  const events: RecordedEvent[] = []
  const log = pino({ level: 'silent' })
  let options: ControllerOptions | undefined

  function source<T extends KubeObject>(informer: Informer<T>, watch: Omit<Watch<T>, 'resource'>): () => void {
    return informer.onEvent((event: StoreEvent<T>) => {
      if (watch.predicate?.(event) === false) return
      for (const request of watch.map?.(event) ?? [keyOf(event.object)]) queue.set(storeKey(request), request)
    })
  }

  const controller: Controller = {
    name: 'test',
    enqueue(request) {
      queue.set(storeKey(request), request)
    },
    watch: (watch) => void source(api.cache.informer(watch.resource), watch),
    source,
  }

  const manager: Manager = {
    client: api.client,
    cache: api.cache,
    events: {
      event: ({ kind, metadata }, type, reason, message) =>
        void events.push({ object: `${kind} ${metadata.name}`, type, reason, message }),
    },
    log,
    metrics: new Registry(),
    clock,
    namespace: undefined,
    watchFilter: undefined,
    endpoints: {},
    isLeader: () => true,
    addController(added) {
      options = added
      for (const watch of added.watches) controller.watch(watch)
      return controller
    },
    addRunnable() {},
    addHealthCheck() {},
    start: () => Promise.resolve(),
  }

  async function reconcile(request: Request): Promise<Result | undefined> {
    queue.delete(storeKey(request))
    if (options === undefined) throw new Error('no controller was added')
    return options.reconcile(request, { log, signal: new AbortController().signal })
  }

  return {
    manager,
    errors,
    events,
    get queued() {
      return [...queue.values()]
    },
    reconcile,
    async settle(maximum = 50) {
      errors.length = 0
      for (let round = 0; round < maximum; round += 1) {
        const [next] = queue.values()
        if (next === undefined) return
        try {
          // One after the other, as a queue of one worker.
          // oxlint-disable-next-line no-await-in-loop
          await reconcile(next)
        } catch (error) {
          errors.push(error)
        }
      }
      throw new Error(`still busy after ${maximum} reconciles`)
    },
  }
}

function keyOf({ metadata }: KubeObject): ObjectKey {
  const { namespace, name = '' } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** Workload clusters that are connected and cut off by hand. */
export interface TestWorkloadClusters extends WorkloadClusters {
  connect(cluster: ObjectKey, api: MemoryApi): void
  disconnect(cluster: ObjectKey, problem: string): void
}

export function createTestWorkloadClusters(): TestWorkloadClusters {
  const connected = new Map<string, WorkloadCluster>()
  const problems = new Map<string, string>()
  const handlers = new Set<(cluster: ObjectKey) => void>()
  const notify = (key: ObjectKey): void => {
    for (const handler of handlers) handler(key)
  }
  return {
    get: (key) => connected.get(storeKey(key)),
    problem: (key) => (connected.has(storeKey(key)) ? undefined : (problems.get(storeKey(key)) ?? 'connecting')),
    onChange(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    connect(key, api) {
      const nodes = api.cache.informer<SlimNode>({
        group: '',
        version: 'v1',
        kind: 'Node',
        plural: 'nodes',
        namespaced: false,
      })
      nodes.addIndex('providerID', byProviderID)
      connected.set(storeKey(key), {
        key,
        client: api.client,
        nodes,
        informer: (resource) => api.cache.informer(resource),
      })
      notify(key)
    },
    disconnect(key, problem) {
      connected.delete(storeKey(key))
      problems.set(storeKey(key), problem)
      notify(key)
    },
  }
}

function byProviderID({ spec }: SlimNode): string[] {
  return spec.providerID === undefined || spec.providerID === '' ? [] : [spec.providerID]
}
