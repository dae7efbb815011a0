import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Kubectl {
  /** Runs kubectl with these arguments; `input` goes to its standard input. */
  (args: readonly string[], input?: string): Promise<KubectlResult>
  /** Starts kubectl and resolves with what it printed as soon as `until` is satisfied by it; then ends it. */
  follow(args: readonly string[], until: (stdout: string) => boolean, started: () => Promise<void>): Promise<string>
  close(): Promise<void>
}

/** kubectl against one server. A missing program fails the test that needs it. */
export async function createKubectl(kubeconfig: string, more: Readonly<Record<string, string>> = {}): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-'))
  const file = join(folder, 'config')
  await writeFile(file, kubeconfig, { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    KUBECONFIG: file,
    KUBE_EDITOR: process.env['KUBE_EDITOR'] ?? 'false',
    ...more,
  }

  const run = (args: readonly string[], input = ''): Promise<KubectlResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', args, { env })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.on('error', (error) => reject(new Error('kubectl must be installed for this test', { cause: error })))
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
      child.stdin.end(input)
    })

  const follow = (
    args: readonly string[],
    until: (stdout: string) => boolean,
    started: () => Promise<void>,
  ): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', args, { env })
      let stdout = ''
      let begun = false
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        if (!begun) {
          begun = true
          started().catch(reject)
        }
        if (until(stdout)) child.kill()
      })
      child.on('error', reject)
      child.on('close', () => resolve(stdout))
    })

  return Object.assign(run, { follow, close: () => rm(folder, { recursive: true, force: true }) })
}
