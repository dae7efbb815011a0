/**
 * The part of an object that the API server itself owns. Structurally the same as the client's types, so that an object
 * of a kind defined here is accepted by the client and the other way round.
 */
export interface ObjectMeta {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  /** RFC 3339. */
  creationTimestamp?: string
  /** RFC 3339; present while finalizers hold a deleted object. */
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: unknown[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** What every object of every kind has. */
export interface ApiObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** An object about whose fields nothing is known. */
export interface UnknownApiObject extends ApiObject {
  [field: string]: unknown
}

/** Splits `group/version`; the core group has no slash. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

export function formatApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}
