import type { JsonObject } from '@machinepool/contract'

/** A request as plain data: absent members go, so that it is printed and hashed as it is sent. */
export function plainJson(request: object): JsonObject {
  return JSON.parse(JSON.stringify(request)) as JsonObject
}
