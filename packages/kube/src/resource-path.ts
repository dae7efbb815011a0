import type { KubeObject, Resource } from './object.ts'

/** `v1` or `group/version`, as in an object's `apiVersion`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** Where a resource, one object or one subresource is served, with a leading `/`. Names are percent-encoded. */
export function resourcePath<T extends KubeObject>(
  resource: Resource<T>,
  target: { readonly namespace?: string | undefined; readonly name?: string; readonly subresource?: string } = {},
): string {
  const parts = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version]
  if (resource.namespaced && target.namespace !== undefined) {
    parts.push('namespaces', target.namespace)
  }
  parts.push(resource.plural)
  if (target.name !== undefined) {
    parts.push(target.name)
  }
  if (target.subresource !== undefined) {
    parts.push(target.subresource)
  }
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') {
      throw new TypeError(`${resource.kind}: "${part}" cannot be part of a request path`)
    }
  }
  return `/${parts.map(encodeURIComponent).join('/')}`
}
