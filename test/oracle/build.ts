import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const modules = join(import.meta.dirname, 'servers')
const programs = ['etcd', 'kube-apiserver'] as const
const version = 'k8s.io/component-base/version'
const flags = `-s -w -X ${version}.gitVersion=v1.34.4 -X ${version}.gitMajor=1 -X ${version}.gitMinor=34`
/** What the programs are made from: when it changes, they are made anew. */
const sources = ['go.mod', 'go.sum', ...programs.map((program) => `cmd/${program}/main.go`)]

/**
 * The folder of kube-apiserver and etcd. `KUBEBUILDER_ASSETS` names one that is there already; otherwise they are built
 * from their Go modules into the user's cache, which takes some minutes, once for every version of the modules.
 *
 * @throws Error when the programs are not in the named folder, or cannot be built.
 */
export function realServers(env: NodeJS.ProcessEnv): string {
  const given = env['KUBEBUILDER_ASSETS'] ?? ''
  if (given !== '') {
    const missing = programs.filter((program) => !existsSync(join(given, program)))
    if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS is ${given}, which has no ${missing.join(' and no ')}`)
    return given
  }
  const folder = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'machinepool', 'oracle')
  const stamp = join(folder, 'made-from')
  const key = keyOfSources()
  const present = programs.every((program) => existsSync(join(folder, program)))
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return folder
  build(folder)
  writeFileSync(stamp, key)
  return folder
}

function keyOfSources(): string {
  const hash = createHash('sha256').update(flags)
  for (const file of sources) hash.update(readFileSync(join(modules, file)))
  return hash.digest('hex')
}

function build(folder: string): void {
  console.error(`Building kube-apiserver and etcd into ${folder}, which takes some minutes ...`)
  mkdirSync(folder, { recursive: true })
  // A build that is broken off leaves nothing that looks made.
  rmSync(join(folder, 'made-from'), { force: true })
  const packages = programs.map((program) => `./cmd/${program}`)
  const { status, error } = spawnSync('go', ['build', '-o', `${folder}/`, '-ldflags', flags, ...packages], {
    cwd: modules,
    stdio: ['ignore', 2, 2],
  })
  if (error !== undefined) {
    const how = 'Go must be installed to build them, or KUBEBUILDER_ASSETS must name a folder that has them'
    throw new Error(`kube-apiserver and etcd are not there: ${how}`, { cause: error })
  }
  if (status !== 0) throw new Error(`go build ended with ${status}`)
}
