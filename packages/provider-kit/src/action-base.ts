import type { Action, FieldChange, JsonObject, PoolRef } from '@machinepool/contract'
import { idempotencyKey } from './idempotency-key.ts'

type Base = Pick<Action, 'reason' | 'changes' | 'idempotencyKey' | 'parameters'>

/** What all actions have in common, but for the fields of their type. */
export function actionBase<Type extends Action['type']>(
  pool: PoolRef<unknown>,
  type: Type,
  reason: string,
  parameters: JsonObject,
  changes: readonly FieldChange[] = [],
): Base & { readonly type: Type } {
  return { type, reason, changes, idempotencyKey: idempotencyKey(pool, type, parameters), parameters }
}
