import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { kubeadmConfigKind, machineKind, machinePoolKind } from '@machinepool/api'
import { awsMachinePoolKind } from '@machinepool/provider-aws'
import { parseManagerFlags } from '@machinepool/runtime'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { gcpManager } from '@machinepool/gcp-manager'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

import { root } from '../architecture/workspace.ts'

interface Component {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
  }
  readonly spec?: { readonly template: { readonly spec: Pod } }
  readonly webhooks?: readonly Webhook[]
}

interface Pod {
  readonly containers: Container[]
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[]
}

interface Webhook {
  readonly clientConfig: { readonly service: object }
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly apiVersions: readonly string[]
    readonly resources: readonly string[]
  }[]
}

interface Metadata {
  readonly releaseSeries: readonly object[]
}

interface Container {
  readonly name: string
  readonly args: readonly string[]
}

/** What clusterctl demands of a provider's components (https://cluster-api.sigs.k8s.io/developer/providers/contracts/clusterctl). */
describe.each([
  {
    app: 'core-manager',
    file: 'core-components.yaml',
    program: coreManager({}),
    ruledKinds: [machinePoolKind, machineKind, kubeadmConfigKind],
  },
  {
    app: 'aws-manager',
    file: 'infrastructure-components.yaml',
    program: awsManager({}),
    ruledKinds: [awsMachinePoolKind],
  },
  { app: 'gcp-manager', file: 'infrastructure-components.yaml', program: gcpManager({}), ruledKinds: [] },
])('$app', ({ app, file, program, ruledKinds }) => {
  const { version } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8')) as { version: string }
  const text = readFileSync(join(root, 'apps', app, 'deploy', file), 'utf8')
  // The defaults of ${VAR:=default}, as clusterctl takes them.
  const filled = text.replace(/\$\{\w+:=([^}]*)\}/g, '$1')
  const components = parseAllDocuments(filled).map((document) => document.toJS() as Component)

  test('has exactly one Namespace, with everything namespaced in it', () => {
    const namespaces = components.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
    expect(namespaces).toHaveLength(1)
    const others = components.flatMap(({ metadata }) => metadata.namespace ?? [])
    expect(new Set(others)).toEqual(new Set(namespaces))
  })

  test('labels every object with its provider', () => {
    const labels = components.map(({ metadata }) => metadata.labels?.['cluster.x-k8s.io/provider'])
    expect(new Set(labels).size).toBe(1)
    expect(labels[0]).toBeTruthy()
  })

  test('runs a container called manager with flags that the program takes', () => {
    const [container, ...others] = components.flatMap(({ spec }) => spec?.template?.spec.containers ?? [])
    expect(others).toEqual([])
    expect(container?.name).toBe('manager')
    const flags = parseManagerFlags(container?.args ?? [], program)
    expect(flags).toMatchObject({ leaderElect: true, diagnosticsAddress: ':8443', insecureDiagnostics: false })
  })

  test('says which contract it keeps', () => {
    const metadata = parse(readFileSync(join(root, 'apps', app, 'deploy', 'metadata.yaml'), 'utf8')) as Metadata
    const [major, minor] = version.split('.').map(Number)
    expect(metadata).toMatchObject({ apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3', kind: 'Metadata' })
    expect(metadata.releaseSeries).toContainEqual({ major, minor, contract: 'v1beta2' })
  })

  test('runs as a user whose number is not root’s, on the Node.js of development', () => {
    const dockerfile = readFileSync(join(root, 'apps', app, 'Dockerfile'), 'utf8')
    expect(dockerfile.match(/^USER (.*)$/m)?.[1]).toMatch(/^[1-9]\d*$/)
    const node = /^ {2}node: (.*)$/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1]
    expect(new Set(dockerfile.match(/^FROM \S+/gm))).toEqual(new Set([`FROM node:${node}-slim`]))
  })

  test('serves its webhooks where they are asked for, with the certificate that is issued for it', () => {
    const configurations = components.filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
    expect(configurations.length).toBe(program.webhooks === undefined ? 0 : 2)
    const of = (kind: string) => components.find((component) => component.kind === kind)
    const pod = of('Deployment')?.spec?.template.spec
    const [volume] = pod?.volumes ?? []
    for (const { metadata, webhooks = [] } of configurations) {
      const { name = '', namespace = '' } = of('Service')?.metadata ?? {}
      expect(metadata.annotations?.['cert-manager.io/inject-ca-from']).toBe(`${namespace}/${name}`)
      expect(of('Certificate')).toMatchObject({
        metadata: { name, namespace },
        spec: {
          dnsNames: expect.arrayContaining([`${name}.${namespace}.svc`]) as unknown,
          secretName: volume?.secret?.secretName,
        },
      })
      expect(pod?.containers[0]).toMatchObject({
        ports: expect.arrayContaining([{ name: 'webhook', containerPort: program.webhookPort }]) as unknown,
        volumeMounts: [{ name: volume?.name, mountPath: parseManagerFlags([], program).webhookCertDir }],
      })
      expect(of('Service')).toMatchObject({
        spec: { selector: { app }, ports: [{ port: 443, targetPort: 'webhook' }] },
      })
      const paths = webhooks.map(({ clientConfig }) => clientConfig.service)
      const path = metadata.name === app && configurations[0]?.metadata === metadata ? '/mutate' : '/validate'
      expect(paths).toEqual([{ namespace, name, path }])
      const ruled = webhooks.flatMap(({ rules }) =>
        rules.flatMap(({ apiGroups, apiVersions, resources }) =>
          resources.map((resource) => `${resource}.${apiVersions.join()}.${apiGroups.join()}`),
        ),
      )
      expect(ruled.toSorted()).toEqual(
        ruledKinds.map((kind) => `${kind.plural}.${kind.storageVersion}.${kind.group}`).toSorted(),
      )
    }
  })
})
