import { fork } from 'node:child_process'
import { once } from 'node:events'

import type { RigCloud } from './rig.ts'

/** What the simulated AWS can be told, besides by its API. */
export type CloudOrder =
  | { readonly do: 'advance'; readonly ms: number }
  /** Every call is answered with 500, or again as it should be. */
  | { readonly do: 'fail'; readonly on: boolean }
  /** There is another image of that id. */
  | { readonly do: 'publish'; readonly image: string }
  /** The instance fails, as hardware does. */
  | { readonly do: 'end'; readonly instance: string }

/** A simulated AWS in another process. */
export interface Cloud extends RigCloud {
  tell(order: CloudOrder): Promise<void>
  close(): void
}

export async function startCloud(): Promise<Cloud> {
  const child = fork(new URL('cloud-process.ts', import.meta.url), [], {
    execArgv: ['--conditions=@machinepool/source'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the simulated AWS ended with ${code}`)
  })
  died.catch(() => undefined)
  const [{ url }] = (await Promise.race([once(child, 'message'), died])) as [{ url: string }]
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  let count = 0
  child.on('message', ({ id, error }: { id: number; error?: string }) => {
    const order = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) order?.resolve()
    else order?.reject(new Error(error))
  })
  const tell = (order: CloudOrder): Promise<void> => {
    const id = count++
    const done = new Promise<void>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
    })
    child.send({ id, order })
    return Promise.race([done, died])
  }
  return {
    url,
    tell,
    advance: (ms) => tell({ do: 'advance', ms }),
    close: () => void child.kill(),
  }
}
