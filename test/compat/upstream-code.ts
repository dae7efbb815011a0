import { execFile, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import type { UnknownApiObject } from '@machinepool/api'

const source = join(import.meta.dirname, '..', 'go-upstream')
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'go-upstream')

/** Upstream's own conversions, webhooks and templates; what they refuse rejects with their words. */
export interface UpstreamCode {
  /** What upstream's conversion webhook answers. */
  convert(object: UnknownApiObject, apiVersion: string): Promise<UnknownApiObject>
  /** The object as upstream's types read and write it. */
  normalise(object: UnknownApiObject): Promise<UnknownApiObject>
  /** Sends a review to the webhook at a path. */
  review(path: string, review: object): Promise<Record<string, unknown>>
  /** Turns features of upstream on and off. */
  setGates(gates: Readonly<Record<string, boolean>>): Promise<void>
  /** The bootstrap data of a worker. */
  render(input: { readonly version: string; readonly spec: object }): Promise<RenderedData>
  /** What is wrong with an Ignition configuration; empty when nothing is. */
  ignitionReport(config: string): Promise<string>
  close(): void
}

export interface RenderedData {
  readonly joinConfiguration: string
  readonly data: string
}

/** Compiles and starts the program of `test/go-upstream`; without Go on the machine the tests that need it fail. */
export async function startUpstreamCode(): Promise<UpstreamCode> {
  await mkdir(cache, { recursive: true })
  const program = join(cache, 'go-upstream')
  // The compiler takes all processors for minutes the first time, and the tests of others have deadlines.
  await promisify(execFile)('nice', ['-n', '10', 'go', 'build', '-trimpath', '-o', program, '.'], {
    cwd: source,
    maxBuffer: 64 << 20,
  }).catch((error: unknown) => {
    throw new Error('test/go-upstream does not compile; Go 1.26 or newer must be installed', { cause: error })
  })
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: PromiseWithResolvers<string>[] = []
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(line))
  child.on('close', (code, signal) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`go-upstream ended with ${code ?? signal}`))
  })

  async function ask(request: object): Promise<unknown> {
    if (child.exitCode !== null) throw new Error(`go-upstream ended with ${child.exitCode}`)
    const asked = Promise.withResolvers<string>()
    waiting.push(asked)
    const { promise } = asked
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, error } = JSON.parse(await promise) as { value?: unknown; error?: string }
    if (error !== undefined) throw new Error(error)
    return value
  }

  async function review(path: string, asked: object): Promise<Record<string, unknown>> {
    const { response } = (await ask({ path, review: asked })) as { response: Record<string, unknown> }
    return response
  }

  return {
    async convert(object, desiredAPIVersion) {
      const answer = await review('/convert', {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'ConversionReview',
        request: { uid: 'u', desiredAPIVersion, objects: [object] },
      })
      const { convertedObjects, result } = answer as {
        convertedObjects?: UnknownApiObject[]
        result: { message?: string }
      }
      const [converted] = convertedObjects ?? []
      if (converted === undefined) throw new Error(result.message)
      return converted
    },
    normalise: async (object) => (await ask({ normalise: object })) as UnknownApiObject,
    review,
    setGates: async (gates) => void (await ask({ gates })),
    render: async (input) => (await ask({ render: input })) as RenderedData,
    ignitionReport: async (config) => String(await ask({ ignition: config })),
    close: () => void child.stdin.end(),
  }
}
