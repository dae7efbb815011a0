import { once } from 'node:events'

import type { Agent, Dispatcher } from 'undici'

/** A server under load, of either sort. */
export interface Target {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly agent: Agent
  /** Resident memory of all its processes, bytes. */
  rss(): number
  close(): Promise<void>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export async function call(
  target: Target,
  method: Method,
  path: string,
  body?: object | string,
  type = 'application/json',
): Promise<string> {
  const answer = await open(target, method, path, body, type)
  const text = await answer.body.text()
  if (answer.statusCode >= 300)
    throw new Error(`${target.name}: ${method} ${path} is answered with ${answer.statusCode}: ${text}`)
  return text
}

function open(
  { url, token, agent }: Target,
  method: Method,
  path: string,
  body?: object | string,
  type = 'application/json',
): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: url,
    path,
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** Runs a task for every number below `count`, so many at once; the result is how many were done a second. */
export async function perSecond(
  count: number,
  concurrency: number,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  const started = performance.now()
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next
      next += 1
      await task(index)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return Math.round(count / ((performance.now() - started) / 1000))
}

/** Opens watches, makes changes, and waits until every watch has seen all of them; the result is events a second. */
export async function fanOut(
  target: Target,
  path: string,
  watchers: number,
  changes: number,
  change: (index: number) => Promise<unknown>,
): Promise<number> {
  const list = JSON.parse(await call(target, 'GET', `${path}?limit=1`)) as { metadata: { resourceVersion: string } }
  const watch = `${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`
  const streams = await Promise.all(
    Array.from({ length: watchers }, async () => (await open(target, 'GET', watch)).body),
  )
  const started = performance.now()
  const seen = streams.map(async (stream) => {
    let lines = 0
    stream.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) lines += 1
      if (lines >= changes) stream.emit('enough')
    })
    stream.on('error', () => {})
    await once(stream, 'enough')
    stream.destroy()
  })
  for (let index = 0; index < changes; index += 1) await change(index)
  await Promise.all(seen)
  return Math.round((watchers * changes) / ((performance.now() - started) / 1000))
}
