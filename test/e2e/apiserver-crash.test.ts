import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Agent, request } from 'undici'

const kills = 50
const writers = 8
const writerFile = join(import.meta.dirname, 'apiserver-writer.ts')

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  readonly agent: Agent
}

interface ConfigMap {
  metadata: { name: string; resourceVersion: string }
  data: { count: string }
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apiserver-crash-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(): Promise<Running> {
  const child = spawn(process.execPath, ['--conditions=@machinepool/source', writerFile, join(folder, 'state.db')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  const { url, token, ca } = JSON.parse(text) as { url: string; token: string; ca: string }
  return { child, url, token, agent: new Agent({ connect: { ca } }) }
}

async function call(
  { url, token, agent }: Running,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<{ code: number; value: ConfigMap }> {
  const answer = await request(`${url}/api/v1/namespaces/default/configmaps${path}`, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { code: answer.statusCode, value: (await answer.body.json()) as ConfigMap }
}

/** Writes one object over and over until the server dies; what was acknowledged, and what was asked for last. */
async function write(
  server: Running,
  name: string,
  from: number,
): Promise<{ acknowledged: number; asked: number; revision: number }> {
  let acknowledged = from
  let revision = 0
  for (let count = from + 1; ; count += 1) {
    try {
      const path = count === 1 ? '' : `/${name}`
      const { code, value } = await call(server, count === 1 ? 'POST' : 'PUT', path, {
        metadata: { name },
        data: { count: String(count) },
      })
      expect(code).toBeLessThan(300)
      acknowledged = count
      revision = Number(value.metadata.resourceVersion)
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      return { acknowledged, asked: count, revision }
    }
  }
}

test(`every acknowledged write survives ${kills} kills, and the version never goes back`, async () => {
  const counts = new Map<string, number>(Array.from({ length: writers }, (_, index) => [`w${index}`, 0]))
  let highest = 0
  let server = await start()
  for (let kill = 0; kill < kills; kill += 1) {
    const writing = [...counts].map(async ([name, from]) => [name, await write(server, name, from)] as const)
    const wait = 10 + ((kill * 37) % 90)
    const timer = setTimeout(() => server.child.kill('SIGKILL'), wait)
    const results = await Promise.all(writing)
    clearTimeout(timer)
    await server.agent.destroy()

    server = await start()
    for (const [name, { acknowledged, asked, revision }] of results) {
      const { code, value } = await call(server, 'GET', `/${name}`)
      const found = code === 404 ? 0 : Number(value.data.count)
      expect(found, `${name}: acknowledged ${acknowledged}, asked ${asked}`).toBeGreaterThanOrEqual(acknowledged)
      expect(found, `${name}: acknowledged ${acknowledged}, asked ${asked}`).toBeLessThanOrEqual(asked)
      highest = Math.max(highest, revision)
      counts.set(name, found)
    }
    const { value: list } = await call(server, 'GET', '?limit=1')
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(highest)
  }
  server.child.kill('SIGKILL')
  await server.agent.destroy()
  expect(Math.max(...counts.values())).toBeGreaterThan(kills)
}, 180_000)
