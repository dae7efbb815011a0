import type { RequestObservation } from '@machinepool/kube'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Buckets of controller-runtime's reconcile time, in seconds. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]

/** Buckets of client-go's work queue, in seconds. */
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000]

/** How a reconciliation can end, in controller-runtime's words; `requeue` is none of ours. */
const results = ['success', 'error', 'requeue', 'requeue_after']

/** The metrics of a manager, under the names and labels that dashboards for controller-runtime expect. */
export interface RuntimeMetrics {
  readonly registry: Registry
  readonly reconcileTotal: Counter<'controller' | 'result'>
  readonly reconcileErrors: Counter<'controller'>
  readonly terminalErrors: Counter<'controller'>
  readonly reconcilePanics: Counter<'controller'>
  readonly reconcileTimeouts: Counter<'controller'>
  readonly reconcileSeconds: Histogram<'controller'>
  readonly activeWorkers: Gauge<'controller'>
  readonly queueAdds: Counter<'name' | 'controller'>
  readonly queueRetries: Counter<'name' | 'controller'>
  readonly queueSeconds: Histogram<'name' | 'controller'>
  readonly workSeconds: Histogram<'name' | 'controller'>
  readonly leader: Gauge<'name'>
  /** Shows a controller that has not worked yet, with all its counters at 0. */
  addController(controller: string, maxConcurrent: number): void
  /** Shows the queue of one controller, read at each scrape. */
  addQueue(controller: string, queue: ObservedQueue): void
}

/** What the gauges of a work queue are read from. */
export interface ObservedQueue {
  /** Items that could be worked on now, by priority. */
  depths(): ReadonlyMap<number, number>
  /** For how long each item has been worked on until now, in seconds. */
  working(): readonly number[]
}

/** @param registry own registry of the manager; never prom-client's global one. */
export function createRuntimeMetrics(registry: Registry = new Registry()): RuntimeMetrics {
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers })
  const queueLabels = ['name', 'controller'] as ('name' | 'controller')[]
  const queues = new Map<string, ObservedQueue>()
  const queueGauge = (name: string, help: string, read: (queue: ObservedQueue) => number) =>
    new Gauge({
      name,
      help,
      labelNames: queueLabels,
      registers,
      collect() {
        for (const [controller, queue] of queues) this.set({ name: controller, controller }, read(queue))
      },
    })
  addDepthGauge(registry, queues)
  queueGauge('workqueue_unfinished_work_seconds', 'Time spent so far on items that are being worked on', (queue) =>
    queue.working().reduce((sum, seconds) => sum + seconds, 0),
  )
  queueGauge(
    'workqueue_longest_running_processor_seconds',
    'Time spent so far on the item that is being worked on for longest',
    (queue) => Math.max(0, ...queue.working()),
  )
  const ofController = (name: string, help: string) => counter(name, help, ['controller'])
  const reconcileTotal = counter('controller_runtime_reconcile_total', 'Reconciliations per controller and result', [
    'controller',
    'result',
  ])
  const failures = {
    reconcileErrors: ofController('controller_runtime_reconcile_errors_total', 'Reconciliations that failed'),
    terminalErrors: ofController(
      'controller_runtime_terminal_reconcile_errors_total',
      'Reconciliations that failed and are not tried again',
    ),
    reconcilePanics: ofController(
      'controller_runtime_reconcile_panics_total',
      'Reconciliations that failed by a mistake in the program',
    ),
    reconcileTimeouts: ofController(
      'controller_runtime_reconcile_timeouts_total',
      'Reconciliations that ran out of time',
    ),
  }
  const maxConcurrent = gauge('controller_runtime_max_concurrent_reconciles', 'Most reconciliations at the same time', [
    'controller',
  ])
  const activeWorkers = gauge('controller_runtime_active_workers', 'Reconciliations under way', ['controller'])
  return {
    registry,
    reconcileTotal,
    ...failures,
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of time per reconciliation',
      labelNames: ['controller'],
      buckets: reconcileBuckets,
      registers,
    }),
    activeWorkers,
    queueAdds: counter('workqueue_adds_total', 'Additions to the queue', queueLabels),
    queueRetries: counter('workqueue_retries_total', 'Items that are tried again after a failure', queueLabels),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'Time an item waits in the queue',
      labelNames: queueLabels,
      buckets: queueBuckets,
      registers,
    }),
    workSeconds: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'Time that working on an item takes',
      labelNames: queueLabels,
      buckets: queueBuckets,
      registers,
    }),
    leader: gauge('leader_election_master_status', 'Whether this process leads: 1 or 0', ['name']),
    addController(controller, concurrency) {
      for (const result of results) reconcileTotal.inc({ controller, result }, 0)
      for (const failure of Object.values(failures)) failure.inc({ controller }, 0)
      maxConcurrent.set({ controller }, concurrency)
      activeWorkers.set({ controller }, 0)
    },
    addQueue: (controller, queue) => void queues.set(controller, queue),
  }
}

function addDepthGauge(registry: Registry, queues: ReadonlyMap<string, ObservedQueue>): Gauge {
  return new Gauge({
    name: 'workqueue_depth',
    help: 'Items that wait to be worked on',
    labelNames: ['name', 'controller', 'priority'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [controller, queue] of queues) {
        // A queue that is empty is shown, too.
        for (const [priority, count] of [[0, 0] as const, ...queue.depths()]) {
          this.set({ name: controller, controller, priority: String(priority) }, count)
        }
      }
    },
  })
}

const requestsTotal = 'rest_client_requests_total'

/**
 * Counts requests to API servers in `rest_client_requests_total`. Give it to `createClient` as `onRequest`, and the same
 * registry to `createManager`. Several counters of one registry count together.
 */
export function createRequestCounter(registry: Registry): (observation: RequestObservation) => void {
  const known = registry.getSingleMetric(requestsTotal) as Counter<'code' | 'host' | 'method'> | undefined
  const requests =
    known ??
    new Counter({
      name: requestsTotal,
      help: 'Requests to the API server by status, host and method',
      labelNames: ['code', 'host', 'method'],
      registers: [registry],
    })
  return ({ code, host, method }) => {
    // client-go's word for no answer.
    requests.inc({ code: code === 0 ? '<error>' : String(code), host, method })
  }
}
