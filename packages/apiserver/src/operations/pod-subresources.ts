import { ApiFailure, badRequest, conflict, notFound, tooManyRequests } from '../failure.ts'
import { clone, setAt, valueAt } from '../json.ts'
import { budgetsOf, budgetStatus, isReady } from '../kinds/builtin/disruption.ts'
import type { KubeObject } from '../object.ts'
import { findEntry, type Backend, type WriteContext, type Written } from './backend.ts'
import { deleteObject, parseDeleteOptions } from './delete.ts'
import { targetKey, type Target } from './target.ts'

/** POST on a pod's `eviction`: deletes it when its disruption budgets allow that, else 429. */
export function evictPod(backend: Backend, target: Target, body: unknown, context: WriteContext): Written {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  const options = parseDeleteOptions(valueAt(body, ['deleteOptions']), new URLSearchParams())
  const pod = entry.object
  if (!ignoresBudgets(pod)) spendBudgets(backend, pod, context)
  // It is no DELETE of the pod: webhooks for those are not asked.
  const { outside: _, ...unasked } = context
  const { committed } = deleteObject(backend, target, options, unasked)
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return { code: 201, object, committed }
}

/** Pods that do no work can always go. */
function ignoresBudgets(pod: KubeObject): boolean {
  const phase = valueAt(pod, ['status', 'phase'])
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  )
}

function spendBudgets(backend: Backend, pod: KubeObject, context: WriteContext): void {
  const found = budgetsOf(backend, pod)
  if (found.length > 1) {
    throw new ApiFailure(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  }
  const [budget] = found
  if (budget === undefined) return
  const status = budgetStatus(backend, budget.object)
  const name = budget.object.metadata.name ?? ''
  if (!isReady(pod) && unhealthyMayGo(budget.object, status)) return
  if (Number(status['disruptionsAllowed']) <= 0) {
    const message = `The disruption budget ${name} needs ${String(status['desiredHealthy'])} healthy pods and has ${String(status['currentHealthy'])} currently`
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
    })
  }
  if (context.dryRun) return
  const next = clone(budget.object)
  const spent = Number(status['disruptionsAllowed']) - 1
  next['status'] = { ...status, disruptionsAllowed: spent }
  backend.store.put('poddisruptionbudgets.policy', budget.key, next).committed.catch(() => {})
}

/** A pod that is not ready counts for nothing, so it may go when enough others are healthy, or always if the budget says so. */
function unhealthyMayGo(budget: KubeObject, status: Record<string, unknown>): boolean {
  if (valueAt(budget, ['spec', 'unhealthyPodEvictionPolicy']) === 'AlwaysAllow') return true
  const desired = Number(status['desiredHealthy'])
  return desired > 0 && Number(status['currentHealthy']) >= desired
}

/** POST on a pod's `binding`: puts it on a node. */
export function bindPod(backend: Backend, target: Target, body: unknown, context: WriteContext): Written {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  const node = valueAt(body, ['target', 'name'])
  if (typeof node !== 'string' || node === '') throw badRequest('target.name of the binding must name a node')
  const bound = valueAt(entry.object, ['spec', 'nodeName'])
  if (bound !== undefined && bound !== '') {
    throw conflict(
      target.kind.definition,
      target.name,
      `pod ${target.name} is already assigned to node ${JSON.stringify(bound)}`,
    )
  }
  const next = clone(entry.object)
  setAt(next, ['spec', 'nodeName'], node)
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  if (context.dryRun) return { code: 201, object, committed: Promise.resolve() }
  return { code: 201, object, committed: backend.store.put('pods', targetKey(target), next).committed }
}
