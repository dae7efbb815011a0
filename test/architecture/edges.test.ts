import { describe, expect, test } from 'vitest'

import { filesBelow, importsOf, packageOf, workspacePackages } from './workspace.ts'

/**
 * Which of our packages each package may use. Everything not listed is forbidden: clouds know no Kubernetes, controllers
 * know no cloud, the contract and the Kubernetes client know nobody. Only apps, tests and benchmarks see both sides.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  'provider-kit': ['contract'],
  api: [],
  kube: [],
  runtime: ['kube'],
  core: ['api', 'contract', 'kube', 'runtime'],
  'bootstrap-kubeadm': ['api', 'kube', 'runtime'],
  apiserver: [],
  simulator: ['kube'],
}
/** Every provider, present and future. */
const allowedForProviders = ['api', 'contract', 'provider-kit']

const scope = '@machinepool/'
const builtIn = /^node:/

function allowedFor(name: string): readonly string[] | undefined {
  return /^provider-(?!kit$)/.test(name) ? allowedForProviders : allowed[name]
}

describe.each(workspacePackages('packages'))('$folder', ({ folder, manifest }) => {
  const name = folder.slice('packages/'.length)
  const edges = allowedFor(name)
  const sources = filesBelow(`${folder}/src`, '.ts')
  const published = sources.filter((path) => !/\.test\./.test(path))

  test('has its edges listed here', () => {
    expect(edges, `add ${name} to the list of allowed edges, on purpose`).toBeDefined()
  })

  test('declares only allowed workspace packages', () => {
    const declared = Object.keys(manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith(scope))
    expect(declared.filter((dependency) => !edges?.includes(dependency.slice(scope.length)))).toEqual([])
  })

  test('imports only what it declares', () => {
    const declared = new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {})])
    const undeclared = published.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !specifier.startsWith('.') && !builtIn.test(specifier))
        .filter((specifier) => !declared.has(packageOf(specifier)))
        .map((specifier) => `${path} imports ${specifier}`),
    )
    expect(undeclared).toEqual([])
  })
})

test('contract has no dependencies at all', () => {
  const contract = workspacePackages('packages').find(({ folder }) => folder === 'packages/contract')
  expect(contract?.manifest.dependencies).toBeUndefined()
})

test('no package imports an app, a test or a benchmark', () => {
  const apps = new Set(workspacePackages('apps').map(({ manifest }) => manifest.name))
  const wrong = filesBelow('packages', '.ts').flatMap((path) =>
    importsOf(path)
      .filter((specifier) => apps.has(packageOf(specifier)) || /\/(apps|test|bench)\//.test(specifier))
      .map((specifier) => `${path} imports ${specifier}`),
  )
  expect(wrong).toEqual([])
})

test('workspace packages resolve to source, not to dist', () => {
  expect(import.meta.resolve('@machinepool/contract')).toMatch(/packages\/contract\/src\/index\.ts$/)
})
