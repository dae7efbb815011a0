import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const count = 100_000

/** Starts a file of this benchmark and waits for the first message it sends. */
async function start(
  file: string,
  ...args: readonly string[]
): Promise<{ child: ChildProcess; message: Record<string, number> }> {
  const child = fork(new URL(`nodes/${file}.ts`, import.meta.url), args, {
    // A small young generation: the text of a list is garbage at once, and V8 would let 100 MB of it pile up.
    execArgv: ['--conditions=@machinepool/source', '--max-semi-space-size=4'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [Record<string, number>]
  failed.catch(() => undefined)
  return { child, message }
}

async function measure(how: 'stream' | 'pages'): Promise<object> {
  const server = await start('server', String(count))
  try {
    const { child, message } = await start('client', `http://127.0.0.1:${server.message['port']}`, how)
    child.kill()
    return { ...message, bytesPerNode: server.message['bytesPerNode'] }
  } finally {
    server.child.kill()
  }
}

/**
 * Cost of the Node store of one very large workload cluster. The budget is for what the program does itself: a slice is
 * time on the processor, a stall also counts waiting for one, which on a busy machine is most of it.
 */
export const nodes = {
  name: 'nodes',
  description: `list ${count} Nodes of 4 KB into the slim store, streamed and in pages: seconds, peak RSS, longest slice`,
  async run(): Promise<object> {
    return {
      budget: { peakRssMB: 300, longestSliceMs: 50 },
      stream: await measure('stream'),
      pages: await measure('pages'),
    }
  },
}
