import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { parse } from 'yaml'

/** The release of Cluster API whose own programs are run. */
export const upstreamVersion = 'v1.12.8'

const modulePath = `sigs.k8s.io/cluster-api@${upstreamVersion}`
const folder = join(homedir(), '.cache', 'machinepool', 'upstream', upstreamVersion)
const program = join(folder, 'cluster-api')

/** Builds upstream's core manager from its Go module, once; it takes some minutes. */
export function buildUpstreamCore(): void {
  build(program, modulePath)
}

/** Builds clusterctl from the same module, once; returns its path. */
export function buildClusterctl(): string {
  const path = join(folder, 'clusterctl')
  build(path, modulePath.replace('@', '/cmd/clusterctl@'))
  return path
}

function build(path: string, from: string): void {
  if (existsSync(path)) return
  mkdirSync(folder, { recursive: true })
  const { status, error } = spawnSync('go', ['install', from], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, GOBIN: folder },
  })
  if (status !== 0) throw new Error(`${from} cannot be built; is Go installed?`, { cause: error })
}

interface Definition {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly conversion?: unknown; readonly [field: string]: unknown }
}

/** Upstream's CRDs as its module carries them, without the conversion webhook that its installer adds. */
export function upstreamDefinitions(): Definition[] {
  const cache = spawnSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).stdout.trim()
  const crds = join(cache, modulePath, 'config', 'crd', 'bases')
  return readdirSync(crds)
    .toSorted()
    .map((name) => parse(readFileSync(join(crds, name), 'utf8')) as Definition)
}

/** Starts upstream's core manager on a management cluster; what it prints goes to `onLine`. */
export function startUpstreamCore(
  kubeconfig: string,
  certificates: string,
  onLine: (line: string) => void,
): ChildProcess {
  const child = spawn(
    program,
    [
      `--kubeconfig=${kubeconfig}`,
      `--webhook-cert-dir=${certificates}`,
      '--webhook-port=0',
      '--diagnostics-address=127.0.0.1:0',
      '--insecure-diagnostics',
      '--health-addr=127.0.0.1:0',
      '--feature-gates=MachinePool=true,ClusterTopology=false,RuntimeSDK=false',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  child.stderr?.setEncoding('utf8').on('data', (text: string) => text.split('\n').forEach(onLine))
  return child
}
