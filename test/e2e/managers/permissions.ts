import diagnostics from 'node:diagnostics_channel'

/** What one request needs to be allowed, in the words of RBAC. */
export interface Need {
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods/eviction`. */
  readonly resource: string
  /** Empty outside namespaces, and for a list of all of them. */
  readonly namespace: string
}

export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

interface CreatedRequest {
  readonly origin: string | URL
  readonly path: string
  readonly method: string
  readonly headers: unknown
}

/** The needs of one request; none where it asks for no resource, which everybody who is authenticated may do. */
export function needOf({ method, path }: { readonly method: string; readonly path: string }): Need | undefined {
  const { pathname, searchParams } = new URL(path, 'http://server')
  const match = /^\/(?:api\/v1|apis\/(?<group>[^/]+)\/[^/]+)\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<rest>.+)$/.exec(
    pathname,
  )
  if (!match?.groups) return undefined
  const { group = '', namespace = '', rest = '' } = match.groups
  const [plural = '', name, subresource] = rest.split('/')
  const reading = searchParams.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get'
  const verbs: Record<string, string> = {
    GET: reading,
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: name === undefined ? 'deletecollection' : 'delete',
  }
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`
  return { verb: verbs[method] ?? method.toLowerCase(), group, resource, namespace }
}

/** Collects what requests of this process to a server need, by the user agent that makes them. */
export function collectNeeds(serverUrl: string): { of(userAgent: string): Need[]; stop(): void } {
  const needs = new Map<string, Map<string, Need>>()
  const listener = (message: unknown) => {
    const { request } = message as { request: CreatedRequest }
    const need = String(request.origin) === serverUrl ? needOf(request) : undefined
    if (need === undefined) return
    const agent = userAgentOf(request.headers)
    const ofAgent = needs.get(agent) ?? new Map<string, Need>()
    needs.set(agent, ofAgent.set(JSON.stringify(need), need))
  }
  diagnostics.subscribe('undici:request:create', listener)
  return {
    of: (userAgent) => [...(needs.get(userAgent)?.values() ?? [])],
    stop: () => void diagnostics.unsubscribe('undici:request:create', listener),
  }
}

/** undici shows headers as a flat list of names and values. */
function userAgentOf(headers: unknown): string {
  if (!Array.isArray(headers)) return /user-agent: (.*)\r?\n?/i.exec(String(headers))?.[1] ?? ''
  const at = headers.findIndex((item, index) => index % 2 === 0 && String(item).toLowerCase() === 'user-agent')
  return at < 0 ? '' : String(headers[at + 1])
}

export function isAllowed({ verb, group, resource }: Need, rules: readonly PolicyRule[]): boolean {
  return rules.some(
    (rule) => covers(rule.apiGroups, group) && covers(rule.resources, resource) && covers(rule.verbs, verb),
  )
}

function covers(list: readonly string[], item: string): boolean {
  return list.includes(item) || list.includes('*')
}
