import { notFound, pathNotFound } from '../failure.ts'
import type { Registry } from '../kinds/registry.ts'
import type { Target } from '../operations/target.ts'
import type { Route } from './route.ts'

/**
 * What a path names, among the kinds that are served.
 *
 * @throws ApiFailure 404 when there is no such thing.
 */
export function targetOf(registry: Registry, route: Route & { to: 'resource' }): Target {
  const kind = registry.find(route.group, route.plural)
  const version = kind?.version(route.version)
  if (kind === undefined || version === undefined || !version.served) throw pathNotFound()
  if (route.namespace !== '' && !kind.definition.namespaced) throw pathNotFound()
  if (route.namespace === '' && route.name !== '' && kind.definition.namespaced) throw pathNotFound()
  const known = [
    '',
    ...(version.status ? ['status'] : []),
    ...(version.scale === undefined ? [] : ['scale']),
    ...extraSubresources(route),
  ]
  if (!known.includes(route.subresource))
    throw kind.definition.custom ? notFound(kind.definition, route.name) : pathNotFound()
  return { kind, version, namespace: route.namespace, name: route.name, subresource: route.subresource }
}

/** Whether there is anything in the group and version of a path. */
export function hasVersion(registry: Registry, { group, version, plural }: Route & { to: 'resource' }): boolean {
  if (registry.find(group, plural)?.version(version)?.served === true) return true
  return registry
    .all()
    .some(
      ({ definition }) =>
        definition.group === group && definition.versions.some(({ name, served }) => served && name === version),
    )
}

function extraSubresources({ group, plural }: { group: string; plural: string }): string[] {
  if (group !== '') return []
  return plural === 'pods' ? ['eviction', 'binding', 'log'] : plural === 'namespaces' ? ['finalize'] : []
}
