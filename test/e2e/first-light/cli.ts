import { spawn, type ChildProcessByStdio, type SpawnOptionsWithStdioTuple } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** What has been compiled is kept for the next process: a start from source takes a third of the time. */
const compileCache = join(tmpdir(), 'machinepool-first-light-compile-cache')
const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../../../apps/machinepool/src/main.ts', import.meta.url))
export const exampleManifest = fileURLToPath(new URL('../../../examples/aws/machinepool.yaml', import.meta.url))

const patienceMs = 120_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `machinepool`, with what it prints. */
export interface RunningCli {
  /** Resolves with the standard output as soon as it matches; fails when the process ends before, or after a time that is enough on a busy machine. */
  printed(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** Starts the command as a user's shell does: a process of its own. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  return follow(spawn(process.execPath, ['--conditions=@machinepool/source', main, ...args], settings(env)))
}

/** `npm start -- ...`, in a process group of its own, as a shell starts what it runs in the foreground. */
export function npmStart(args: readonly string[]): RunningCli & { signalGroup(signal: NodeJS.Signals): void } {
  const child = spawn('npm', ['start', '--', ...args], { ...settings(), cwd: root, detached: true })
  return {
    ...follow(child),
    signalGroup(signal) {
      try {
        process.kill(-child.pid!, signal)
      } catch (error) {
        // Nobody is left.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
  }
}

function settings(env: Readonly<Record<string, string>> = {}): SpawnOptionsWithStdioTuple<'ignore', 'pipe', 'pipe'> {
  return {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: homedir(), NODE_COMPILE_CACHE: compileCache, ...env },
  }
}

function follow(child: ChildProcessByStdio<null, Readable, Readable>): RunningCli {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  return {
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${pattern} was not printed in time:\n${stdout}${stderr}`)),
          patienceMs,
        )
        const look = () => {
          if (!pattern.test(stdout)) return
          clearTimeout(timer)
          resolve(stdout)
        }
        child.stdout.on('data', look)
        child.once('close', () => {
          clearTimeout(timer)
          reject(new Error(`it ended before ${pattern} was printed:\n${stdout}${stderr}`))
        })
        look()
      }),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startCli(args, env).ended
}

export interface Endpoints {
  readonly kubernetes: string
  readonly workload: Readonly<Record<string, string>>
  readonly aws: string
  /** With `--simulate gcp` instead. */
  readonly gcp?: string
}

export function readEndpoints(dataDir: string): Endpoints {
  return JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as Endpoints
}
