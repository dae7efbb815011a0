import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { coreKinds, machinePoolKind, resourceOf, toCustomResourceDefinition } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { createClient, loadKubeconfig, type Client } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { runManagerProgram, type ManagerProgram } from '@machinepool/runtime'
import { createAwsSimulator, type AwsSimulator } from '@machinepool/simulator'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { root } from '../architecture/workspace.ts'
import { eventually } from './eventually.ts'
import { runCli } from './first-light/cli.ts'
import { poolManifest } from './first-light/light.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'
import { collectNeeds, isAllowed, type Need, type PolicyRule } from './managers/permissions.ts'

const machinePools = resourceOf(machinePoolKind)

let folder: string
let management: ApiServer
let workload: ApiServer
let aws: AwsSimulator
let client: Client
let kubectl: Kubectl
const closing: (() => unknown)[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'permissions-'))
  const crds = [...coreKinds, ...awsKinds].map((kind) => toCustomResourceDefinition(kind))
  management = await createApiServer({ crds, token: 'any' })
  workload = await createApiServer()
  writeFileSync(join(folder, 'management'), management.kubeconfig())
  writeFileSync(join(folder, 'workload'), workload.kubeconfig())
  client = createClient(await loadKubeconfig({ text: management.kubeconfig() }))
  const joining = createClient(await loadKubeconfig({ text: workload.kubeconfig() }))
  aws = await createAwsSimulator({
    timings: { reaction: 20, launch: 60, boot: 100, shutdown: 60, nodeRemoval: 50 },
    machines: { workload: () => joining },
  })
  kubectl = await createKubectl(management.kubeconfig())
  closing.push(
    () => rmSync(folder, { recursive: true }),
    () => management.close(),
    () => workload.close(),
    () => client.close(),
    () => joining.close(),
    () => aws.close(),
    () => kubectl.close(),
  )
  // The SDK's own chain, as in the managers' pods.
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  closing.push(() => vi.unstubAllEnvs())
})

afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

interface Rules {
  /** By the namespace they are for; those of the ClusterRole under `''`. */
  readonly [namespace: string]: readonly PolicyRule[]
}

interface Component {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly PolicyRule[]
}

function deployed(app: string, file: string): { readonly namespace: string; readonly rules: Rules } {
  const documents = parseAllDocuments(readFileSync(join(root, 'apps', app, 'deploy', file), 'utf8'))
  const components = documents.map((document) => document.toJS() as Component)
  const granted = components.flatMap(({ metadata, rules }) =>
    rules ? [[metadata.namespace ?? '', rules] as const] : [],
  )
  const namespace = components.find(({ kind }) => kind === 'Namespace')?.metadata.name ?? ''
  return { namespace, rules: Object.fromEntries(granted) }
}

function forbidden(needs: readonly Need[], rules: Rules): string[] {
  return needs
    .filter((need) => !isAllowed(need, rules[''] ?? []) && !isAllowed(need, rules[need.namespace] ?? []))
    .map(({ verb, group, resource, namespace }) => `${verb} ${resource}.${group} in "${namespace}"`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

const managers = [
  { app: 'core-manager', file: 'core-components.yaml', create: coreManager, more: ['--machine-controller'] },
  { app: 'aws-manager', file: 'infrastructure-components.yaml', create: awsManager, more: [] },
] as const

/** Starts a manager as its Deployment does. */
async function start(program: ManagerProgram, namespace: string, more: readonly string[]) {
  const diagnostics = await freePort()
  const stop = new AbortController()
  await kubectl(['create', 'namespace', namespace])
  const ended = runManagerProgram(program, {
    args: [
      `--kubeconfig=${join(folder, 'management')}`,
      '--leader-elect',
      `--leader-elect-namespace=${namespace}`,
      `--diagnostics-address=127.0.0.1:${diagnostics}`,
      '--health-addr=127.0.0.1:0',
      '--webhook-port=0',
      ...more,
    ],
    env: {},
    signal: stop.signal,
    write: () => {},
  })
  return {
    metricsUrl: `https://127.0.0.1:${diagnostics}/metrics`,
    async end() {
      stop.abort()
      expect(await ended).toBe(0)
    },
  }
}

async function scrape(url: string): Promise<number> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } })
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, headers: { authorization: 'Bearer any' } })
    await body.dump()
    return statusCode
  } finally {
    await agent.close()
  }
}

async function running(name: string, replicas: number): Promise<void> {
  await eventually(async () => {
    const { status } = await client.get(machinePools, { namespace: 'default', name })
    expect([status?.phase, status?.readyReplicas ?? 0]).toEqual(['Running', replicas])
  }, 40_000)
}

test('in the life of a pool the managers ask for nothing that their roles do not grant', async () => {
  const collected = collectNeeds(management.url)
  const started = await Promise.all(
    managers.map(({ app, file, create, more }) => start(create({}), deployed(app, file).namespace, more)),
  )
  try {
    const existing = ['--kubeconfig', join(folder, 'workload'), '--management-kubeconfig', join(folder, 'management')]
    const network = '--infrastructure aws --region us-east-1 --vpc vpc-123 --subnet subnet-123=us-east-1a'.split(' ')
    expect(await runCli(['cluster', 'add', 'capa', ...existing, ...network])).toMatchObject({ code: 0 })
    const applied = await kubectl(['apply', '-f', '-'], poolManifest({ name: 'life', replicas: 2 }))
    expect(applied.stderr).toBe('')
    await running('life', 2)
    await kubectl(['scale', 'machinepool', 'life', '--replicas=1'])
    await running('life', 1)
    for (const { metricsUrl } of started) {
      // oxlint-disable-next-line no-await-in-loop
      await eventually(async () => expect(await scrape(metricsUrl)).toBe(200))
    }
    expect(await kubectl(['delete', 'machinepool', 'life', '--timeout=40s'])).toMatchObject({ code: 0 })
  } finally {
    collected.stop()
    await Promise.all(started.map((manager) => manager.end()))
  }
  for (const { app, file } of managers) {
    const asked = collected.of(app)
    // It was seen at work.
    expect(asked.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(
      expect.arrayContaining(['create leases', 'create events', 'create tokenreviews', 'watch machinepools']),
    )
    expect({ app, forbidden: forbidden(asked, deployed(app, file).rules) }).toEqual({ app, forbidden: [] })
  }
}, 150_000)

function isOfInfrastructure({ apiGroups }: PolicyRule): boolean {
  return apiGroups.includes('infrastructure.cluster.x-k8s.io')
}

test('the managers of all clouds are granted the same but for their own kinds', () => {
  // Machines are deleted before their instances, where the kind publishes a machine object for each.
  const forMachines = ['delete machines.cluster.x-k8s.io', 'patch machines.cluster.x-k8s.io']
  const granted = (app: string) => {
    const rules = deployed(app, 'infrastructure-components.yaml').rules[''] ?? []
    const hasMachines = rules.some(
      (rule) => isOfInfrastructure(rule) && rule.resources.some((one) => one.endsWith('poolmachines')),
    )
    const others = rules
      .filter((rule) => !isOfInfrastructure(rule))
      .flatMap(({ apiGroups, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${apiGroups.join()}`)),
      )
    expect(others.filter((one) => forMachines.includes(one)).toSorted()).toEqual(hasMachines ? forMachines : [])
    return others.filter((one) => !forMachines.includes(one)).toSorted()
  }
  expect(granted('gcp-manager')).toEqual(granted('aws-manager'))
})
