import type { IncomingHttpHeaders } from 'node:http'

import type { Service } from './service.ts'

/** What a request says about itself, before its parameters are read. */
export interface Route {
  readonly service: Service
  readonly operation: string
  readonly region: string
  /** Absent: the request is not signed. */
  readonly accessKeyId?: string
}

/** `Credential=KEY/DATE/REGION/SERVICE/aws4_request`, in the header or (presigned) the query. */
export function credentialScope(headers: IncomingHttpHeaders, query: URLSearchParams) {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1]
  const [accessKeyId, , region, service] = (header ?? query.get('X-Amz-Credential') ?? '').split('/')
  return { accessKeyId: accessKeyId || undefined, region, service }
}

/** `autoscaling.us-east-1.amazonaws.com`, or the same labels before a name that resolves to the loopback. */
function hostScope(host: string | undefined) {
  const [service, region] = (host ?? '').split(':')[0]!.split('.')
  return { service, region: /^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? '') ? region : undefined }
}

/**
 * Finds the service and operation that a request is for: by the service it is signed for, then by its host name,
 * then by the operation's name and version. Undefined when none of them says it.
 */
export function routeRequest(
  services: readonly Service[],
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  body: URLSearchParams,
  defaultRegion: string,
): Route | undefined {
  const scope = credentialScope(headers, query)
  const host = hostScope(headers.host)
  const target = headers['x-amz-target']
  const [targetPrefix, targetOperation] = typeof target === 'string' ? target.split('.') : []
  const operation = targetOperation ?? body.get('Action') ?? query.get('Action') ?? undefined
  if (operation === undefined) return undefined
  const version = body.get('Version') ?? query.get('Version')
  const service =
    services.find(({ model }) => targetPrefix !== undefined && model.metadata.targetPrefix === targetPrefix) ??
    services.find(({ name }) => name === scope.service) ??
    services.find(({ name }) => name === host.service) ??
    services.find(({ model }) => model.metadata.apiVersion === version && operation in model.operations)
  if (!service) return undefined
  return {
    service,
    operation,
    region: scope.region ?? host.region ?? defaultRegion,
    ...(scope.accessKeyId !== undefined && { accessKeyId: scope.accessKeyId }),
  }
}
