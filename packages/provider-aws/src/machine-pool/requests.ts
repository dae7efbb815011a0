import type { JsonObject } from '@machinepool/contract'
import { plainJson } from '@machinepool/provider-kit'

import type { InputOf, OperationOf, Service } from '../aws/operations.ts'

/**
 * One call of an action, as data: `plan` builds it typed, `execute` sends it as it is. Never holds user data, which is
 * added when it is sent.
 */
export interface PlannedCall {
  readonly service: Service
  readonly operation: string
  /** Name of the Auto Scaling group or launch template that it changes. */
  readonly resource: string
  readonly request: JsonObject
}

/** @returns `Action.parameters` for one call */
export function planned<S extends Service, O extends OperationOf<S>>(
  service: S,
  operation: O,
  resource: string | undefined,
  request: InputOf<S, O>,
): JsonObject {
  return { service, operation, resource: resource ?? '', request: plainJson(request as object) }
}

/** The call in `Action.parameters`. */
export function plannedCall(parameters: JsonObject): PlannedCall {
  // Written by `planned` of this release or an earlier one; actions are not kept over releases.
  return parameters as unknown as PlannedCall
}
