import { clone, deepEqual, isObject, valueAt, type JsonObject } from '../../json.ts'
import type { KubeObject } from '../../object.ts'
import { timestamp, type Backend } from '../../operations/backend.ts'
import { labelSelectorPredicate } from '../../selectors/labels.ts'
import { selectorErrors } from '../../selectors/selector-errors.ts'
import type { Entry } from '../../storage/object-store.ts'

const budgets = 'poddisruptionbudgets.policy'
const pods = 'pods'

/** Keeps the status of PodDisruptionBudgets true while pods come and go. */
export function startDisruptionBudgets(backend: Backend): () => void {
  for (const budget of backend.store.all(budgets)) refresh(backend, budget.key)
  return backend.store.listenToAll(({ resource, entry, type }) => {
    if (resource === budgets && type !== 'DELETED') refresh(backend, entry.key)
    if (resource !== pods) return
    const prefix = `${entry.object.metadata.namespace ?? ''}/`
    for (const budget of backend.store.all(budgets, prefix)) refresh(backend, budget.key)
  })
}

function refresh(backend: Backend, key: string): void {
  const entry = backend.store.get(budgets, key)
  if (entry === undefined) return
  const next = clone(entry.object)
  next['status'] = budgetStatus(backend, next)
  if (!deepEqual(next, entry.object)) backend.store.put(budgets, key, next).committed.catch(() => {})
}

/** The budgets that speak for a pod. */
export function budgetsOf(backend: Backend, pod: KubeObject): Entry[] {
  const prefix = `${pod.metadata.namespace ?? ''}/`
  return [...backend.store.all(budgets, prefix)].filter(({ object }) => selectorOf(object)(pod.metadata.labels))
}

/** How many of its pods may be disrupted now, and how that number comes about. */
export function budgetStatus(backend: Backend, budget: KubeObject): JsonObject {
  const selected = selectorOf(budget)
  const prefix = `${budget.metadata.namespace ?? ''}/`
  const matching = [...backend.store.all(pods, prefix)]
    .map(({ object }) => object)
    .filter((pod) => selected(pod.metadata.labels) && !isDone(pod))
  const expected = matching.length
  const healthy = matching.filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod)).length
  const desired = desiredHealthy(budget, expected)
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired)
  return {
    ...(isObject(budget['status']) ? budget['status'] : {}),
    observedGeneration: budget.metadata.generation ?? 1,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [allowedCondition(backend, budget, allowed)],
  }
}

function selectorOf(budget: KubeObject) {
  const selector = valueAt(budget, ['spec', 'selector'])
  // One that is stored and yet not right selects nothing.
  const usable = isObject(selector) && selectorErrors(selector, '').length === 0
  return labelSelectorPredicate(usable ? selector : undefined)
}

function desiredHealthy(budget: KubeObject, expected: number): number {
  const least = valueAt(budget, ['spec', 'minAvailable'])
  if (least !== undefined) return scaled(least, expected)
  const most = valueAt(budget, ['spec', 'maxUnavailable'])
  return most === undefined ? Math.max(0, expected - 1) : Math.max(0, expected - scaled(most, expected))
}

/** Percentages are rounded up, also those of pods that may be missing. */
function scaled(value: unknown, total: number): number {
  if (typeof value === 'number') return value
  const percent = Number(String(value).replace('%', ''))
  return Number.isNaN(percent) ? 0 : Math.ceil((percent * total) / 100)
}

function isDone(pod: KubeObject): boolean {
  const phase = valueAt(pod, ['status', 'phase'])
  return phase === 'Succeeded' || phase === 'Failed'
}

export function isReady(pod: KubeObject): boolean {
  const conditions = valueAt(pod, ['status', 'conditions'])
  return (
    Array.isArray(conditions) &&
    conditions.some((item) => isObject(item) && item['type'] === 'Ready' && item['status'] === 'True')
  )
}

function allowedCondition(backend: Backend, budget: KubeObject, allowed: number): JsonObject {
  const status = allowed > 0 ? 'True' : 'False'
  const known = valueAt(budget, ['status', 'conditions'])
  const former = Array.isArray(known)
    ? known.find((item) => isObject(item) && item['type'] === 'DisruptionAllowed')
    : undefined
  const since =
    isObject(former) && former['status'] === status ? former['lastTransitionTime'] : timestamp(backend.now())
  return {
    type: 'DisruptionAllowed',
    status,
    observedGeneration: budget.metadata.generation ?? 1,
    lastTransitionTime: since,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  }
}
