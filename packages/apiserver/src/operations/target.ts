import type { ResourceVersion } from '../kinds/definition.ts'
import type { Kind } from '../kinds/registry.ts'
import { groupVersion } from '../object.ts'

/** What a request is about. */
export interface Target {
  readonly kind: Kind
  readonly version: ResourceVersion
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string
  /** Empty: the collection. */
  readonly name: string
  /** Empty: the object itself. */
  readonly subresource: string
}

/** Key of an object in its table. */
export function storeKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

export function targetKey(target: Target): string {
  return storeKey(target.namespace, target.name)
}

export function targetApiVersion(target: Pick<Target, 'kind' | 'version'>): string {
  return groupVersion(target.kind.definition.group, target.version.name)
}
