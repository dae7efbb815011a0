import { text } from 'node:stream/consumers'

import type { Context } from './context.ts'

/** The context of a real process. The first Ctrl-C asks for an orderly stop, the second one insists. */
export function processContext(current: NodeJS.Process): Context {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    current.on(signal, () => {
      if (controller.signal.aborted) current.exit(130)
      controller.abort()
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
  return { write: (chunk) => void stream.write(chunk), terminal: stream.isTTY ?? false }
}
