import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseManagerFlags } from '@machinepool/runtime'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { gcpManager } from '@machinepool/gcp-manager'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { root } from '../architecture/workspace.ts'

interface Component {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> }
  readonly spec?: { readonly template: { readonly spec: { readonly containers: Container[] } } }
}

interface Container {
  readonly name: string
  readonly args: readonly string[]
}

/** What clusterctl demands of a provider's components (https://cluster-api.sigs.k8s.io/developer/providers/contracts/clusterctl). */
describe.each([
  { app: 'core-manager', file: 'core-components.yaml', program: coreManager({}) },
  { app: 'aws-manager', file: 'infrastructure-components.yaml', program: awsManager({}) },
  { app: 'gcp-manager', file: 'infrastructure-components.yaml', program: gcpManager({}) },
])('$app', ({ app, file, program }) => {
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

  test('has a Dockerfile', () => {
    expect(existsSync(join(root, 'apps', app, 'Dockerfile'))).toBe(true)
  })
})
