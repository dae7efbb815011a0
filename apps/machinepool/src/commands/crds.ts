import { toCrdYaml, toCustomResourceDefinition } from '@machinepool/api'

import { UsageError, type Context } from '../context.ts'
import { kindsByProvider } from '../kinds.ts'

/** `machinepool crds`: the CustomResourceDefinitions as YAML, of all providers or of those named. */
export function crds(providers: readonly string[], context: Context): number {
  const names = providers.length === 0 ? Object.keys(kindsByProvider) : providers
  for (const name of names) {
    const kinds = kindsByProvider[name]
    if (!kinds) {
      throw new UsageError(`no provider ${JSON.stringify(name)}; there is: ${Object.keys(kindsByProvider).join(', ')}`)
    }
    context.out.write(toCrdYaml(kinds.map((kind) => toCustomResourceDefinition(kind))))
  }
  return 0
}
