import { toCrdYaml, toCustomResourceDefinition, type CustomResourceDefinition, type Kind } from '@machinepool/api'

import { UsageError, type Context } from '../context.ts'
import { kindsByProvider } from '../kinds.ts'

export interface CrdsOptions {
  /** `NAMESPACE/SERVICE` of a manager's webhooks, for kinds of several versions. */
  readonly conversionWebhook?: string
}

/** `machinepool crds`: the CustomResourceDefinitions as YAML, of all providers or of those named. */
export function crds(providers: readonly string[], options: CrdsOptions, context: Context): number {
  const names = providers.length === 0 ? Object.keys(kindsByProvider) : providers
  const service = options.conversionWebhook === undefined ? undefined : parseService(options.conversionWebhook)
  for (const name of names) {
    const kinds = kindsByProvider[name]
    if (!kinds) {
      throw new UsageError(`no provider ${JSON.stringify(name)}; there is: ${Object.keys(kindsByProvider).join(', ')}`)
    }
    context.out.write(toCrdYaml(kinds.map((kind) => definitionOf(kind, service))))
  }
  return 0
}

interface Service {
  readonly namespace: string
  readonly name: string
}

function parseService(text: string): Service {
  const [namespace = '', name = '', ...rest] = text.split('/')
  if (namespace === '' || name === '' || rest.length > 0) {
    throw new UsageError(`--conversion-webhook takes NAMESPACE/SERVICE, not ${JSON.stringify(text)}`)
  }
  return { namespace, name }
}

/** With a webhook, a kind of several versions is converted by it, and cert-manager puts in whom the API server may trust. */
function definitionOf(kind: Kind, service: Service | undefined): CustomResourceDefinition {
  if (service === undefined || Object.keys(kind.versions).length === 1) return toCustomResourceDefinition(kind)
  const definition = toCustomResourceDefinition(kind, {
    conversionWebhook: { service: { ...service, path: '/convert', port: 443 } },
  })
  const annotations = {
    ...definition.metadata.annotations,
    'cert-manager.io/inject-ca-from': `${service.namespace}/${service.name}`,
  }
  return { ...definition, metadata: { ...definition.metadata, annotations } }
}
