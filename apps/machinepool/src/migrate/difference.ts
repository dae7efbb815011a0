import type { UnknownApiObject } from '@machinepool/api'
import type { UnknownObject } from '@machinepool/kube'

/**
 * Path of the first thing that the wanted object says and the one found does not; what a server or a controller added does
 * not matter. Pure.
 */
export function difference(wanted: UnknownApiObject, found: UnknownObject): string | undefined {
  const { labels = {}, annotations = {}, finalizers = [] } = wanted.metadata
  const lost = finalizers.find((finalizer) => found.metadata.finalizers?.includes(finalizer) !== true)
  return (
    missing(wanted['spec'], found.spec, 'spec') ??
    missing(labels, found.metadata.labels ?? {}, 'metadata.labels') ??
    missing(annotations, found.metadata.annotations ?? {}, 'metadata.annotations') ??
    (lost === undefined ? undefined : `metadata.finalizers ${lost}`) ??
    statusDifference(wanted, found)
  )
}

/** The same for the status alone. */
export function statusDifference(wanted: UnknownApiObject, found: UnknownObject): string | undefined {
  return wanted['status'] === undefined ? undefined : missing(wanted['status'], found.status, 'status')
}

function missing(wanted: unknown, found: unknown, path: string): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, found) ? undefined : path
  if (typeof found !== 'object' || found === null) return path
  // A controller that sees a paused object adds a condition that says so.
  if (Array.isArray(wanted) && path.endsWith('.conditions')) return missingCondition(wanted, found, path)
  for (const [field, value] of Object.entries(wanted)) {
    const at = missing(value, (found as Record<string, unknown>)[field], `${path}.${field}`)
    if (at !== undefined) return at
  }
  return undefined
}

function missingCondition(wanted: readonly { type?: string }[], found: object, path: string): string | undefined {
  const present = Array.isArray(found) ? (found as { type?: string }[]) : []
  const lost = wanted.find(({ type }) => !present.some((condition) => condition.type === type))
  return lost === undefined ? undefined : `${path} ${lost.type}`
}
