import { createApiServer } from '@machinepool/apiserver'
import {
  createClient,
  customResourceDefinitions,
  loadKubeconfig,
  type CustomResourceDefinition,
} from '@machinepool/kube'
import { stringify } from 'yaml'

import { realServers } from '../oracle/build.ts'
import { startReal } from '../oracle/servers.ts'
import { eventually } from './eventually.ts'

/** An API server that clients are tested against. */
export interface ChosenServer {
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string
  /** Whether what an owner leaves behind is deleted; on a real cluster kube-controller-manager does it. */
  readonly collectsGarbage: boolean
  kubeconfig(): string
  close(): Promise<void>
}

/**
 * The embedded server; with `API_SERVER=real` kube-apiserver and etcd, which must have been built, so that clients and
 * expectations are known to be right about the real thing, too.
 */
export async function startChosenServer(definitions: readonly object[] = []): Promise<ChosenServer> {
  const choice = process.env['API_SERVER'] ?? 'embedded'
  if (choice === 'embedded') {
    return { ...(await createApiServer({ crds: definitions })), collectsGarbage: true }
  }
  if (choice !== 'real') throw new Error(`API_SERVER is embedded or real, not ${choice}`)
  const server = await startReal(realServers(process.env))
  const name = 'real'
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token: server.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
  await install(text, definitions)
  return { url: server.url, collectsGarbage: false, kubeconfig: () => text, close: () => server.close() }
}

async function install(kubeconfig: string, definitions: readonly object[]): Promise<void> {
  const client = createClient(await loadKubeconfig({ text: kubeconfig }))
  for (const definition of definitions as readonly CustomResourceDefinition[]) {
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
  await client.close()
}
