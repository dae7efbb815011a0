import type { JsonObject } from '@machinepool/contract'
import { plainJson } from '@machinepool/provider-kit'

import type { BodyOf, WriteName } from '../compute/methods.ts'

/**
 * One call of an action, as data: `plan` builds it typed, `execute` sends it as it is. Never holds bootstrap data or keys,
 * which are added when it is sent.
 */
export interface PlannedCall {
  readonly method: WriteName
  readonly scope: string
  /** Name of the group or template that it makes or changes. */
  readonly name: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: JsonObject
}

/** @returns `Action.parameters` for one call */
export function planned<M extends WriteName>(
  method: M,
  target: { readonly scope: string; readonly name: string },
  request: { readonly query?: Readonly<Record<string, string>>; readonly body?: BodyOf<M> } = {},
): JsonObject {
  const { query, body } = request
  return plainJson({
    method,
    scope: target.scope,
    name: target.name,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  })
}

/** The call in `Action.parameters`. */
export function plannedCall(parameters: JsonObject): PlannedCall {
  // Written by `planned` of this release; actions are not kept over releases.
  return parameters as unknown as PlannedCall
}
