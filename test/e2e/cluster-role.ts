import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseAllDocuments } from 'yaml'

import { root } from '../architecture/workspace.ts'

/** One right, as RBAC knows it. */
export interface Right {
  readonly verb: string
  /** Empty for the core group. */
  readonly group: string
  /** Such as `pods` or `pods/eviction`. */
  readonly resource: string
  /** Of a request: where it goes. Of a grant: where alone it counts. */
  readonly namespace?: string
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

interface Role {
  readonly kind: string
  readonly metadata: { readonly namespace?: string }
  readonly rules?: readonly Rule[]
}

/** The namespace that a manager's components are in. */
export function namespaceOf(app: string, file: string): string {
  const roles = componentsOf(app, file).filter(({ kind }) => kind === 'Role')
  return roles[0]?.metadata.namespace ?? ''
}

/** Every right that the ClusterRole and the Role of a manager's components give. */
export function grantedRights(app: string, file: string): Right[] {
  return componentsOf(app, file)
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource })))),
    )
}

function componentsOf(app: string, file: string): Role[] {
  const text = readFileSync(join(root, 'apps', app, 'deploy', file), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS() as Role)
}

export function covers(granted: Right, wanted: Right): boolean {
  return (
    granted.verb === wanted.verb &&
    granted.group === wanted.group &&
    (granted.resource === '*' || granted.resource === wanted.resource) &&
    (granted.namespace === undefined || granted.namespace === wanted.namespace)
  )
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/**
 * The rights that a request to a Kubernetes API needs: none for what is no resource, such as `/version`; two for a server-side
 * apply, which may create.
 */
export function rightsOf(method: string, url: URL, contentType = ''): Right[] {
  const [, prefix, ...parts] = url.pathname.split('/')
  if (prefix !== 'api' && prefix !== 'apis') return []
  const group = prefix === 'api' ? '' : (parts.shift() ?? '')
  parts.shift() // the version
  // A namespace is a resource itself, and the place of others.
  const [, namespace] = parts[0] === 'namespaces' && parts.length > 2 ? parts.splice(0, 2) : []
  const [resource, name, subresource] = parts
  if (resource === undefined) return []
  const reads = url.searchParams.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get'
  const right = {
    verb: method === 'GET' ? reads : (verbs[method] ?? method),
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace !== undefined && { namespace }),
  }
  const mayCreate = subresource === undefined && contentType.startsWith('application/apply-patch')
  return mayCreate ? [right, { ...right, verb: 'create' }] : [right]
}

export function textOf({ verb, group, resource }: Right): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`
}
