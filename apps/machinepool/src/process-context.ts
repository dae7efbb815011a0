import { text } from 'node:stream/consumers'

import type { Context } from './context.ts'

/** What this program uses of Node's `process`. */
export type CurrentProcess = Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr' | 'stdin'> & {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  exit(code: number): void
}

/** A terminal, npm and whoever else stands between pass on the same Ctrl-C, each on its own. */
const oneWishMs = 1000

/** The context of a real process. The first Ctrl-C asks for an orderly stop, a later one insists. */
export function processContext(current: CurrentProcess, now: () => number = () => performance.now()): Context {
  const controller = new AbortController()
  let askedAt = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    current.on(signal, () => {
      if (!controller.signal.aborted) {
        askedAt = now()
        controller.abort()
      } else if (now() - askedAt > oneWishMs) current.exit(130)
    })
  }
  return {
    env: current.env,
    out: output(current.stdout),
    err: output(current.stderr),
    stdin: () => text(current.stdin),
    signal: controller.signal,
  }
}

function output(stream: NodeJS.WriteStream): Context['out'] {
  // A reader such as `head` may leave early; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const write = (chunk: string) => void stream.write(chunk)
  if (!stream.isTTY) return { write }
  // A terminal that does not tell its size is taken for one of the usual size.
  return { write, screen: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }) }
}
