import { createApiServer, type Hooks, type KindHooks } from '@machinepool/apiserver'
import {
  createClient,
  customResourceDefinitions,
  loadKubeconfig,
  type Client,
  type CustomResourceDefinition,
} from '@machinepool/kube'
import { stringify } from 'yaml'

import { realServers } from '../oracle/build.ts'
import { startReal } from '../oracle/servers.ts'
import { eventually } from './eventually.ts'
import { serveRules } from './served-rules.ts'

/** An API server that clients are tested against. */
export interface ChosenServer {
  readonly kind: 'embedded' | 'real'
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string
  /** Whether what an owner leaves behind is deleted; on a real cluster kube-controller-manager does it. */
  readonly collectsGarbage: boolean
  kubeconfig(): string
  close(): Promise<void>
}

/**
 * The embedded server; with `KUBEBUILDER_ASSETS`, or `API_SERVER=real` once `npm run test:oracle` has built them, kube-apiserver
 * and etcd, so that clients, controllers and expectations are known to be right about the real thing, too.
 */
export async function startChosenServer(
  definitions: readonly object[] = [],
  rules?: RulesOfKinds,
): Promise<ChosenServer> {
  const choice = process.env['API_SERVER'] ?? (process.env['KUBEBUILDER_ASSETS'] ? 'real' : 'embedded')
  if (choice === 'embedded') {
    const options = { crds: definitions, ...(rules && { hooks: hooksOf(rules) }) }
    return { ...(await createApiServer(options)), kind: 'embedded', collectsGarbage: true }
  }
  if (choice !== 'real') throw new Error(`API_SERVER is embedded or real, not ${choice}`)
  const server = await startReal(realServers(process.env))
  const served = rules && (await serveRules(rules.webhooks))
  const name = 'real'
  const authority = Buffer.from(server.certificateAuthority).toString('base64')
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: server.url, 'certificate-authority-data': authority } }],
    users: [{ name, user: { token: server.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
  const ruled = (definition: CustomResourceDefinition): boolean =>
    rules?.kinds.some(({ kind, group }) => kind === definition.spec.names.kind && group === definition.spec.group) ??
    false
  const all = definitions as readonly CustomResourceDefinition[]
  const client = createClient(await loadKubeconfig({ text }))
  await install(
    client,
    all.map((definition) => (served && ruled(definition) ? served.converted(definition) : definition)),
  )
  await served?.register(client, all.filter(ruled))
  await client.close()
  return {
    kind: 'real',
    url: server.url,
    collectsGarbage: false,
    kubeconfig: () => text,
    async close() {
      await server.close()
      await served?.close()
    },
  }
}

/** What the kinds of a program refuse, fill in and convert, for both sorts of servers: in process, and by webhooks. */
export interface RulesOfKinds {
  readonly kinds: readonly { readonly kind: string; readonly group: string }[]
  readonly hooks: KindHooks
  readonly webhooks: Parameters<typeof serveRules>[0]
}

function hooksOf({ kinds, hooks }: RulesOfKinds): Hooks {
  return Object.fromEntries(kinds.map(({ kind, group }) => [`${kind}.${group}`, hooks]))
}

async function install(client: Client, definitions: readonly CustomResourceDefinition[]): Promise<void> {
  for (const definition of definitions) {
    const { metadata } = await client.create(customResourceDefinitions, definition)
    const key = { name: metadata.name ?? '' }
    await eventually(async () => {
      const { status } = await client.get(customResourceDefinitions, key)
      const conditions = (status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []
      if (!conditions.some(({ type, status: value }) => type === 'Established' && value === 'True')) {
        throw new Error(`${key.name} is not established`)
      }
    })
  }
}
