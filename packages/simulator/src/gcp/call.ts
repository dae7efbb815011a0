import { scopeOf } from './reference.ts'
import type { Project } from './state.ts'

/** One checked request. */
export interface GcpRequest {
  readonly project: Project
  /** As in `instanceGroupManagers.insert`. */
  readonly id: string
  readonly user: string
  /** Variables of the path. */
  readonly variables: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
}

export type MethodHandler = (request: GcpRequest) => object | Promise<object>

/** Handlers by `resource.method`. */
export type MethodHandlers = Readonly<Record<string, MethodHandler>>

/** `zones/z`, `regions/r` or `global`, as the request's path says. */
export function scopeOfRequest({ variables }: GcpRequest): string {
  const { zone, region } = variables as { zone?: string; region?: string }
  if (zone !== undefined) return `zones/${zone}`
  return region === undefined ? 'global' : `regions/${region}`
}

export function sameScope(scope: string, path: string): boolean {
  return scopeOf(path) === scope
}
