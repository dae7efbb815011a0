import type { InfraMachinePoolKind, JsonObject, ProviderCondition } from '@machinepool/contract'

import { engineConditionTypes, type EngineCondition } from './decide/conditions.ts'

/** Any condition in any shape, as it is on the wire. */
type WireCondition = JsonObject & {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

export interface ConditionFields {
  readonly conditions: readonly WireCondition[]
  /** For `status.v1beta2.conditions`; absent when the kind has none. */
  readonly v1beta2: readonly WireCondition[] | undefined
}

/**
 * Writes conditions in the shape the kind's API version has (R22). Types of others stay; our own go when they have nothing
 * to say any more; times change only with what they are about.
 */
export function writeConditions(
  kind: InfraMachinePoolKind['conditions'],
  before: { readonly conditions: unknown; readonly v1beta2: unknown },
  wanted: readonly (EngineCondition | ProviderCondition)[],
  context: { readonly now: number; readonly generation: number | undefined; readonly keepOthers: boolean },
): ConditionFields {
  const at = `${new Date(context.now).toISOString().slice(0, 19)}Z`
  const mergeInto = (old: unknown, next: readonly WireCondition[]) =>
    merge(readConditions(old), next, at, context.keepOthers)
  const metav1 = (old: unknown) =>
    mergeInto(
      old,
      wanted.map((one) => toMetav1(one, context.generation)),
    )
  if (kind.shape === 'metav1') return { conditions: metav1(before.conditions), v1beta2: undefined }
  return {
    conditions: mergeInto(before.conditions, wanted.map(toV1Beta1)),
    v1beta2: kind.v1beta2 ? metav1(before.v1beta2) : undefined,
  }
}

function toMetav1(one: EngineCondition | ProviderCondition, generation: number | undefined): WireCondition {
  const { type, status, reason, message } = one
  return { type, status, reason, message, ...(generation !== undefined && { observedGeneration: generation }) }
}

/** Cluster API's own conditions: a severity exactly while False, and no empty message. */
function toV1Beta1({ type, status, reason, message, severity }: EngineCondition | ProviderCondition): WireCondition {
  return {
    type,
    status,
    ...(status === 'False' && severity !== '' && { severity }),
    reason,
    ...(message !== '' && { message }),
  }
}

const ours: ReadonlySet<string> = new Set(engineConditionTypes)

function merge(
  before: readonly WireCondition[],
  wanted: readonly WireCondition[],
  at: string,
  keepOthers: boolean,
): readonly WireCondition[] {
  const named = new Set(wanted.map(({ type }) => type))
  const foreign = before.filter(({ type }) => !named.has(type) && (keepOthers || !ours.has(type)))
  const next = wanted.map((condition) => {
    const old = before.find(({ type }) => type === condition.type)
    const same = old?.status === condition.status
    return { ...condition, lastTransitionTime: (same ? old.lastTransitionTime : undefined) ?? at }
  })
  return [...next, ...foreign].toSorted(byType)
}

/** `Ready` first, as people and `kubectl` read it; the rest by name, so that the order never changes by itself. */
function byType(a: WireCondition, b: WireCondition): number {
  if ((a.type === 'Ready') !== (b.type === 'Ready')) return a.type === 'Ready' ? -1 : 1
  return a.type < b.type ? -1 : a.type > b.type ? 1 : 0
}

function readConditions(value: unknown): readonly WireCondition[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (one): one is WireCondition => typeof one === 'object' && one !== null && 'type' in one && 'status' in one,
  )
}
