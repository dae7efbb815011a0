import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { customResourceDefinitions, isAlreadyExists, nodes, type Client } from '@machinepool/kube'
import { startSystem, type System } from 'machinepool'
import { pino } from 'pino'
import { parseAllDocuments } from 'yaml'

import { eventually } from '../e2e/eventually.ts'
import {
  buildClusterctl,
  buildUpstreamCore,
  startUpstreamCore,
  upstreamDefinitions,
  upstreamVersion,
} from './core-manager.ts'
import { createMoveWorld } from './move.ts'

/**
 * Our AWS provider under upstream's own core controller, on our Kubernetes API and the simulated AWS: the life of one
 * pool; then our managers under upstream's clusterctl, which describes a cluster and moves it. Prints one line for each step and `N passed, N failed`; not part of the ordinary tests, because upstream has to
 * be built first.
 */
const pools = resourceOf(machinePoolKind)
const key = { namespace: 'default', name: 'capa-mp-0' }

const steps: readonly (readonly [title: string, run: (system: System) => Promise<void>])[] = [
  ['a new pool becomes Running', (system) => reaches(system, 2)],
  ['scaling up is followed', (system) => scaled(system, 4)],
  ['scaling down is followed, and the Nodes go', (system) => scaled(system, 1)],
  ['deleting leaves nothing behind', deleted],
]

async function reaches({ client }: System, replicas: number): Promise<void> {
  await eventually(async () => {
    const { status } = await client.get(pools, key)
    const seen = `${status?.phase ?? 'no phase'}, ${status?.readyReplicas ?? 0} ready`
    if (seen !== `Running, ${replicas} ready`) throw new Error(seen)
  }, 60_000)
}

async function scaled(system: System, replicas: number): Promise<void> {
  await system.client.patch(pools, key, { type: 'merge', body: { spec: { replicas } } }, { subresource: 'scale' })
  await reaches(system, replicas)
  await eventually(async () => {
    const { items } = await workload(system).list(nodes)
    if (items.length !== replicas) throw new Error(`${items.length} Nodes`)
  }, 60_000)
}

async function deleted(system: System): Promise<void> {
  await system.client.delete(pools, key)
  await eventually(async () => {
    const { items } = await system.client.list(pools)
    const groups = system.aws?.region().groups() ?? []
    const templates = system.aws?.region().launchTemplates() ?? []
    const left = [items.length, groups.length, templates.length]
    if (left.some((count) => count > 0)) throw new Error(`pools, groups, templates left: ${left.join(', ')}`)
  }, 60_000)
}

function workload({ clusters }: System): Client {
  const client = clusters?.client('capa')
  if (!client) throw new Error('there is no workload cluster')
  return client
}

async function applyExample({ client }: System): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'aws', 'machinepool.yaml'), 'utf8')
  const values: Record<string, string> = {
    AWS_AVAILABILITY_ZONE: 'us-east-1a',
    AWS_SUBNET: 'subnet-123',
    AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
    AWS_SSH_KEY_NAME: 'default',
  }
  const filled = text.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  for (const document of parseAllDocuments(filled)) {
    const object = document.toJS() as MachinePool
    const [group, version] = object.apiVersion.split('/')
    const plural = `${object.kind.toLowerCase()}s`
    await client.request('POST', `/apis/${group}/${version}/namespaces/default/${plural}`, object)
  }
}

async function installMissingKinds({ client }: System): Promise<void> {
  for (const definition of upstreamDefinitions()) {
    await client.create(customResourceDefinitions, definition as never).catch((error: unknown) => {
      // Ours stand in for upstream's of the same name.
      if (!isAlreadyExists(error)) throw error
    })
  }
}

buildUpstreamCore()
const folder = await mkdtemp(join(tmpdir(), 'upstream-'))
const openssl = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
spawnSync('openssl', [...openssl, '-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')])
const stop = new AbortController()
const system = await startSystem({
  simulate: { cloud: 'aws', timings: { boot: 500 } },
  clusters: [{ namespace: 'default', name: 'capa' }],
  withoutCore: true,
  log: pino({ level: 'silent' }),
  signal: stop.signal,
})
let passed = 0
const failures: string[] = []

async function play(who: string, title: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
    passed += 1
    console.log(`ok      upstream ${who} ${upstreamVersion}: ${title}`)
  } catch (error) {
    failures.push(title)
    console.log(`FAILED  upstream ${who} ${upstreamVersion}: ${title}: ${(error as Error).message}`)
  }
}

const lines: string[] = []
try {
  await installMissingKinds(system)
  const core = startUpstreamCore(system.kubeconfig, folder, (line) => void lines.push(line))
  await applyExample(system)
  for (const [title, run] of steps) await play('core', title, () => run(system))
  core.kill()
  await once(core, 'exit')
} finally {
  await system.close()
}
const world = await createMoveWorld(folder, buildClusterctl())
try {
  for (const [title, run] of world.steps) await play('clusterctl', title, run)
} finally {
  await world.close()
  await rm(folder, { recursive: true })
}
if (failures.length > 0)
  console.log(
    lines
      .filter((line) => line.startsWith('E'))
      .slice(-10)
      .join('\n'),
  )
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
