import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Client, CustomResourceDefinition, Resource } from '@machinepool/kube'
import {
  createWebhookServer,
  serveKindRules,
  systemClock,
  type FieldRefusal,
  type KindRules,
} from '@machinepool/runtime'
import { pino } from 'pino'

import { createTestCertificate } from './test-certificate.ts'

/** Rules of kinds as webhooks that a real API server calls. */
export interface ServedRules {
  /** The definition with its versions converted by the webhook. */
  converted(definition: CustomResourceDefinition): CustomResourceDefinition
  /** Tells the server to ask before every write of these kinds. */
  register(client: Client, definitions: readonly CustomResourceDefinition[]): Promise<void>
  close(): Promise<void>
}

const configurations = (kind: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: false,
})

export async function serveRules<Refusal extends FieldRefusal>(rules: KindRules<Refusal>): Promise<ServedRules> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'))
  const { cert, key } = await createTestCertificate({ names: ['127.0.0.1'] })
  await writeFile(join(folder, 'tls.crt'), cert)
  await writeFile(join(folder, 'tls.key'), key)
  const stop = new AbortController()
  const server = createWebhookServer({
    address: '127.0.0.1:0',
    certificateDirectory: folder,
    clock: systemClock,
    log: pino({ level: 'silent' }),
  })
  serveKindRules(server, rules)
  const running = server.run(stop.signal)
  const base = await server.listening
  const clientConfig = (path: string) => ({ url: `${base}${path}`, caBundle: Buffer.from(cert).toString('base64') })

  function configuration(kind: string, path: string, definitions: readonly CustomResourceDefinition[]) {
    const rulesOfKinds = definitions.map(({ spec }) => ({
      operations: ['CREATE', 'UPDATE'],
      apiGroups: [spec.group],
      apiVersions: spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
      resources: [spec.names.plural],
    }))
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'rules' },
      webhooks: [
        {
          name: 'rules.machinepool.dev',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          matchPolicy: 'Equivalent',
          clientConfig: clientConfig(path),
          rules: rulesOfKinds,
        },
      ],
    }
  }

  return {
    converted: (definition) => ({
      ...definition,
      spec: {
        ...definition.spec,
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfig('/convert') },
        },
      },
    }),
    async register(client, definitions) {
      for (const [kind, path] of [
        ['MutatingWebhookConfiguration', '/mutate'],
        ['ValidatingWebhookConfiguration', '/validate'],
      ] as const) {
        // One after the other: there are two.
        // oxlint-disable-next-line no-await-in-loop
        await client.create(configurations(kind), configuration(kind, path, definitions))
      }
    },
    async close() {
      stop.abort()
      await running
      await rm(folder, { recursive: true, force: true })
    },
  }
}
