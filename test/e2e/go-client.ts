import { execFile, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const source = join(import.meta.dirname, '..', 'go-client')
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'go-client')

/** One line of the program's output. */
interface Report {
  readonly event: string
  readonly facts: unknown
}

/** A scenario that is running. */
export interface GoScenario {
  /** Resolves with the facts of the next report of this event that was not waited for yet. */
  next(event: string): Promise<unknown>
  /** Resolves with what the scenario found out; rejects with its complaint when it failed. */
  readonly done: Promise<unknown>
  signal(signal: NodeJS.Signals): void
}

export interface GoClient {
  /** Starts `go-client SCENARIO ARGS...` on this kubeconfig file. */
  start(
    scenario: string,
    args: readonly string[],
    kubeconfig: string,
    environment?: Readonly<Record<string, string>>,
  ): GoScenario
}

/** Compiles the program of `test/go-client`; without Go on the machine the tests that need it fail. */
export async function buildGoClient(): Promise<GoClient> {
  await mkdir(cache, { recursive: true })
  const program = join(cache, 'go-client')
  // The compiler takes all processors for minutes the first time, and the tests of others have deadlines.
  await promisify(execFile)('nice', ['-n', '10', 'go', 'build', '-trimpath', '-o', program, '.'], {
    cwd: source,
    maxBuffer: 64 << 20,
  }).catch((error: unknown) => {
    throw new Error('test/go-client does not compile; Go 1.26 or newer must be installed', { cause: error })
  })
  return {
    start: (scenario, args, kubeconfig, environment = {}) =>
      follow(program, [scenario, ...args], { ...environment, KUBECONFIG: kubeconfig }),
  }
}

function follow(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): GoScenario {
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', ...environment } })
  const reports: Report[] = []
  const waiting: { readonly event: string; readonly resolve: (facts: unknown) => void }[] = []
  const done = Promise.withResolvers<unknown>()
  done.promise.catch(() => undefined)
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  createInterface(child.stdout).on('line', (line) => {
    const report = JSON.parse(line) as Report
    if (report.event === 'done') done.resolve(report.facts)
    const index = waiting.findIndex(({ event }) => event === report.event)
    if (index === -1) reports.push(report)
    else waiting.splice(index, 1)[0]?.resolve(report.facts)
  })
  child.on('error', done.reject)
  child.on('close', (code, signal) => {
    done.reject(new Error(`${args.join(' ')} ended with ${code ?? signal}: ${complaint.slice(-4000)}`))
  })
  return {
    done: done.promise,
    signal: (signal) => void child.kill(signal),
    next(event) {
      const index = reports.findIndex((report) => report.event === event)
      if (index !== -1) return Promise.resolve(reports.splice(index, 1)[0]?.facts)
      const arrived = new Promise<unknown>((resolve) => void waiting.push({ event, resolve }))
      const ended = done.promise.then(() => {
        throw new Error(`${args.join(' ')} ended without "${event}": ${complaint.slice(-4000)}`)
      })
      return Promise.race([arrived, ended])
    },
  }
}
