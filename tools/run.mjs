// Entry point of the npm scripts, in plain JavaScript for Node 20 and newer. It installs the locked dependencies
// when they are missing or outdated, then runs the command on the Node version of the dependency `node`.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'
const bin = join(root, 'node_modules', '.bin')
const stamp = join(root, 'node_modules', '.install-stamp')

/** Which package, and which of its commands, a word on the command line stands for. */
const tools = {
  changeset: '@changesets/cli',
  knip: 'knip',
  oxfmt: 'oxfmt',
  oxlint: 'oxlint',
  tsc: 'typescript',
  turbo: 'turbo',
  vitest: 'vitest',
}

function readJson(...path) {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8'))
}

/** Changes whenever an install would do something. */
function fingerprint() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'test/package.json', 'bench/package.json']
  for (const folder of ['packages', 'apps', 'examples']) {
    for (const name of readdirSync(join(root, folder)).toSorted()) files.push(`${folder}/${name}/package.json`)
  }
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of files) {
    if (existsSync(join(root, file))) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function install() {
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const pnpm = `pnpm@${readJson('package.json').devEngines.packageManager.version}`
  console.log(`Installing the locked dependencies with ${pnpm} (first run, or the lockfile changed) ...`)
  const started = Date.now()
  // Its output is shown only when it fails.
  const result = spawnSync('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 64 << 20,
    // The age rule guards new resolutions; asking the registry for the age of 360 locked packages takes 8 s.
    env: { ...process.env, npm_config_loglevel: 'error', pnpm_config_minimum_release_age: '0' },
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}\n`)
    console.error(`The install failed. To see it by hand: npx ${pnpm} install --frozen-lockfile`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
}

/** The pinned Node; else the running one where it is new enough (a platform without a prebuilt binary). */
function chooseNode() {
  const pinned = join(bin, windows ? 'node.exe' : 'node')
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath
  console.error(
    `Node 22.19 or newer is needed; this is ${process.version}, and no prebuilt Node 24 could be installed.`,
  )
  process.exit(1)
}

async function run(node, command, args) {
  const target = command in tools ? toolScript(command) : join(root, command)
  // Our own programs hold little and throw away much: a heap that grows reluctantly halves their memory.
  const heap = command in tools ? [] : ['--optimize-for-size', '--max-semi-space-size=4']
  const child = spawn(node, [...heap, '--conditions=@machinepool/source', target, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TURBO_TELEMETRY_DISABLED: '1' },
  })
  // A terminal signals every process of its group, a supervisor or npm only this one; the child takes what comes at
  // almost the same moment for one signal.
  const passOn = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn)
  const [code, signal] = await once(child, 'exit')
  for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(each, passOn)
  return code ?? 128 + constants.signals[signal]
}

/** The JavaScript behind a tool's command; shell shims would run it on the system's Node. */
function toolScript(command) {
  const { bin: commands } = readJson('node_modules', tools[command], 'package.json')
  return join(root, 'node_modules', tools[command], typeof commands === 'string' ? commands : commands[command])
}

/** `npm start`: the whole system on a simulated cloud with its example, as far as the arguments leave that open. */
function startCommand(given) {
  const value = (flag) => {
    const at = given.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
    if (at < 0) return undefined
    return given[at] === flag ? given[at + 1] : given[at].slice(flag.length + 1)
  }
  const cloud = value('--simulate') ?? 'aws'
  const extra = []
  if (value('--simulate') === undefined) extra.push('--simulate', cloud)
  if (value('--apply') === undefined) extra.push('--apply', `examples/${cloud}/machinepool.yaml`)
  return ['apps/machinepool/src/main.ts', 'up', ...extra, ...given]
}

const checks = [
  // Formatting first: it is the cheapest to fix.
  ['oxfmt', '--check'],
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['tsc', '-b'],
  ['knip'],
  ['vitest', 'run'],
]

install()
const node = chooseNode()
const [given, ...rest] = process.argv.slice(2)
const [command, ...args] = given === 'start' ? startCommand(rest) : [given, ...rest]
for (const [name, ...options] of command === 'check' ? checks : [[command, ...args]]) {
  const code = await run(node, name, options)
  if (code !== 0) process.exit(code)
}
