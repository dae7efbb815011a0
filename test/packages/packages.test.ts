import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { root, workspacePackages } from '../architecture/workspace.ts'

/** The packages as a user gets them: built, packed, installed into an empty project, imported. */
const packages = workspacePackages('packages', 'apps')
const project = mkdtempSync(join(tmpdir(), 'packed-'))
const tarballs = new Map<string, string>()

/** Runs a script on this Node. What it said is part of the answer, so that a failing expectation shows it. */
function run(script: string, args: readonly string[], cwd: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd, encoding: 'utf8' })
  return { status, output: status === 0 ? '' : `${stdout}\n${stderr}` }
}

const success = { status: 0, output: '' }

/** The script behind a development tool's command. */
function tool(name: string, command = name): string {
  const folder = join(root, 'test/node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  return join(folder, typeof bin === 'string' ? bin : (bin[command] ?? ''))
}

/** pnpm is a native program behind a small script; the workspace protocol in our manifests needs it to pack. */
function pnpm(args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/pnpm'), args, { cwd, encoding: 'utf8' })
  expect(status, `pnpm ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
}

beforeAll(() => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const built = run(tsc, ['-b', ...packages.map(({ folder }) => folder)], root)
  if (built.status !== 0) throw new Error(`the packages cannot be built:\n${built.output}`)
  for (const { folder, manifest } of packages) {
    const before = new Set(readdirSync(project))
    pnpm(['pack', '--pack-destination', project], join(root, folder))
    const [tarball] = readdirSync(project).filter((name) => !before.has(name))
    tarballs.set(manifest.name, join(project, tarball ?? ''))
  }
  const files = Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`]))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: files }))
  // Our packages depend on each other's released versions; here the packed ones stand in for them.
  const overrides = Object.entries(files).map(([name, file]) => `  '${name}': ${file}`)
  const settings = ['minimumReleaseAge: 0', 'pmOnFail: ignore', 'strictDepBuilds: false', 'overrides:', ...overrides]
  writeFileSync(join(project, 'pnpm-workspace.yaml'), `${settings.join('\n')}\n`)
  pnpm(['install', '--prefer-offline', '--reporter=silent'], project)
}, 900_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe.each(packages)('$manifest.name', ({ folder, manifest }) => {
  const entries = Object.keys(manifest.exports ?? {}).filter((entry) => entry !== './package.json')

  test('can be imported from an empty project', () => {
    const program = entries.map((entry) => `await import(${JSON.stringify(join(manifest.name, entry))})`).join('\n')
    const file = join(project, `import-${folder.replace('/', '-')}.mjs`)
    writeFileSync(file, program)
    expect(run(file, [], project)).toEqual(success)
  })

  test('carries no tests and no build information', () => {
    const files = readdirSync(join(project, 'node_modules', manifest.name), { recursive: true }).map(String)
    expect(files).toContain(join('dist', 'index.js'))
    expect(files.filter((name) => /\.test\.|tsbuildinfo|golden/.test(name))).toEqual([])
  })

  test('passes publint', () => {
    expect(run(tool('publint'), ['run', '--strict', tarballs.get(manifest.name) ?? ''], root)).toEqual(success)
  })

  test('passes are-the-types-wrong', () => {
    const attw = tool('@arethetypeswrong/cli', 'attw')
    const tarball = tarballs.get(manifest.name) ?? ''
    expect(run(attw, ['--profile', 'esm-only', '--quiet', tarball], root)).toEqual(success)
  }, 60_000)
})

/** As a user's shell runs it: by the link that the package manager made, with nothing of the workspace around. */
function call(name: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`, HOME: project, TMPDIR: tmpdir() }
  const { status, stdout, stderr } = spawnSync(join(project, 'node_modules/.bin', name), args, {
    cwd: project,
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}

describe('a program that was installed', () => {
  test('machinepool says its version', () => {
    const { manifest } = packages.find(({ folder }) => folder === 'apps/machinepool')!
    expect(call('machinepool', ['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' })
  })

  test('machinepool runs a pool', () => {
    const manifest = join(root, 'examples/aws/machinepool.yaml')
    const { status, stdout, stderr } = call(
      'machinepool',
      `up --simulate aws --once --boot-delay 0.1 --apply ${manifest}`.split(' '),
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/capa-mp-0 +Running 2\/2/)
  }, 150_000)

  test.each(['core-manager', 'aws-manager', 'gcp-manager'])('%s explains its flags', (name) => {
    const { status, stdout, stderr } = call(name, ['--help'])
    expect(status).toBe(0)
    for (const flag of ['kubeconfig', 'namespace', 'watch-filter', 'leader-elect', 'sync-period', 'feature-gates']) {
      expect(stdout + stderr).toContain(`--${flag}`)
    }
  })
})
