/** What a path names. */
export type Route =
  | {
      readonly to: 'resource'
      readonly group: string
      readonly version: string
      readonly namespace: string
      readonly plural: string
      readonly name: string
      readonly subresource: string
    }
  | {
      readonly to: 'discovery'
      readonly group: string | undefined
      readonly version: string | undefined
      readonly legacy: boolean
    }
  | { readonly to: 'document'; readonly path: string }

/** Reads a URL path; resources that are namespaces themselves are told from what is in them. */
export function parseRoute(pathname: string): Route {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const [root, ...rest] = parts
  if (root === 'api') return below('', rest[0], rest.slice(1), true)
  if (root === 'apis') return below(rest[0], rest[1], rest.slice(2), false)
  return { to: 'document', path: `/${parts.join('/')}` }
}

function below(
  group: string | undefined,
  version: string | undefined,
  rest: readonly string[],
  legacy: boolean,
): Route {
  const [first, second, third, ...more] = rest
  if (group === undefined || version === undefined || first === undefined)
    return { to: 'discovery', group, version, legacy }
  const resource = { to: 'resource', group, version } as const
  const insideNamespace =
    first === 'namespaces' &&
    third !== undefined &&
    !(group === '' && namespaceSubresources.has(third) && more.length === 0)
  if (insideNamespace) {
    const [name = '', ...subresource] = more
    return { ...resource, namespace: second ?? '', plural: third, name, subresource: subresource.join('/') }
  }
  return {
    ...resource,
    namespace: '',
    plural: first,
    name: second ?? '',
    subresource: [third ?? '', ...more].join('/'),
  }
}

const namespaceSubresources = new Set(['status', 'finalize'])
