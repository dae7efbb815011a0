import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Agent, request } from 'undici'

const kills = 50
const writers = 8
/** Changes that the server remembers, for a watch from the beginning to be too late at the end. */
const history = 300
const writerFile = join(import.meta.dirname, 'apiserver-writer.ts')
const collection = '/api/v1/namespaces/default/configmaps'

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  readonly agent: Agent
}

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data?: { readonly count: string }
}

interface WatchEvent {
  readonly type: string
  readonly object: ConfigMap & { readonly code?: number }
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apiserver-crash-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(): Promise<Running> {
  const args = ['--conditions=@machinepool/source', writerFile, join(folder, 'state.db'), String(history)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  const { url, token, ca } = JSON.parse(text) as { url: string; token: string; ca: string }
  return { child, url, token, agent: new Agent({ connect: { ca } }) }
}

function open({ url, token, agent }: Running, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
  return request(`${url}${collection}${path}`, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function call(...args: Parameters<typeof open>): Promise<{ code: number; value: ConfigMap }> {
  const answer = await open(...args)
  return { code: answer.statusCode, value: (await answer.body.json()) as ConfigMap }
}

/** What is stored under a name: a count, or nothing. */
type State = number | undefined

/** An object is made, changed a few times, and deleted; then all over again. */
function next(state: State): State {
  if (state === undefined) return 1
  return state % 7 === 6 ? undefined : state + 1
}

interface Story {
  readonly acknowledged: State
  readonly asked: State
  readonly revision: number
}

/** Writes one object over and over until the server dies. */
async function write(server: Running, name: string, from: State, acknowledge: () => void): Promise<Story> {
  let [state, revision] = [from, 0]
  for (;;) {
    const asked = next(state)
    const body = { metadata: { name }, data: { count: String(asked) } }
    try {
      const { code, value } =
        asked === undefined
          ? await call(server, 'DELETE', `/${name}`)
          : await call(server, state === undefined ? 'POST' : 'PUT', state === undefined ? '' : `/${name}`, body)
      if (code >= 300) throw new TypeError(`${name}: ${code} ${JSON.stringify(value)}`)
      state = asked
      revision = Math.max(revision, Number(value.metadata.resourceVersion ?? 0))
      acknowledge()
    } catch (error) {
      if (error instanceof TypeError) throw error
      return { acknowledged: state, asked, revision }
    }
  }
}

/** A client that knows the collection only by its watches, and goes on where it stopped. */
class Follower {
  readonly known = new Map<string, State>()
  revision = 0
  events = 0

  async list(server: Running): Promise<void> {
    const answer = await open(server, 'GET', '')
    const list = (await answer.body.json()) as { metadata: { resourceVersion: string }; items: ConfigMap[] }
    this.known.clear()
    for (const { metadata, data } of list.items) this.known.set(metadata.name, Number(data?.count))
    this.revision = Number(list.metadata.resourceVersion)
  }

  /** Until the server dies, or says goodbye. */
  async watch(server: Running, options = ''): Promise<void> {
    const path = `?watch=true&allowWatchBookmarks=true&resourceVersion=${this.revision}${options}`
    try {
      const answer = await open(server, 'GET', path)
      let rest = ''
      for await (const chunk of answer.body.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#take(JSON.parse(line) as WatchEvent)
      }
    } catch (error) {
      // The server died.
      if (error instanceof TypeError) throw error
    }
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'ERROR') throw new TypeError(`the watch ended with ${JSON.stringify(object)}`)
    const revision = Number(object.metadata.resourceVersion)
    const newer = type === 'BOOKMARK' ? revision >= this.revision : revision > this.revision
    if (!newer) throw new TypeError(`${type} of ${revision} after ${this.revision}`)
    this.revision = revision
    if (type === 'BOOKMARK') return
    this.events += 1
    const { name } = object.metadata
    if (type === 'DELETED') this.known.delete(name)
    else this.known.set(name, Number(object.data?.count))
  }
}

test(`every acknowledged write survives ${kills} kills and no other, versions never go back, and watches resume`, async () => {
  const states = new Map<string, State>(Array.from({ length: writers }, (_, index) => [`w${index}`, undefined]))
  const follower = new Follower()
  let [highest, acknowledgements] = [0, 0]
  let server = await start()
  await follower.list(server)
  const beginning = follower.revision
  for (let kill = 0; kill < kills; kill += 1) {
    // Death comes with an acknowledgement, so that others are on their way.
    const last = acknowledgements + 1 + ((kill * 37) % 60)
    const { child } = server
    const acknowledge = () => {
      acknowledgements += 1
      if (acknowledgements === last) child.kill('SIGKILL')
    }
    const following = follower.watch(server)
    const alive = server
    const stories = await Promise.all(
      [...states].map(async ([name, from]) => [name, await write(alive, name, from, acknowledge)] as const),
    )
    await following
    await server.agent.destroy()

    server = await start()
    for (const [name, { acknowledged, asked, revision }] of stories) {
      const { code, value } = await call(server, 'GET', `/${name}`)
      const found = code === 404 ? undefined : Number(value.data?.count)
      expect([acknowledged, asked], `${name} after kill ${kill}`).toContain(found)
      highest = Math.max(highest, revision)
      states.set(name, found)
    }
    const { value: list } = await call(server, 'GET', '?limit=1')
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(Math.max(highest, follower.revision))
  }
  await follower.watch(server, '&timeoutSeconds=1')
  const truth = new Follower()
  await truth.list(server)
  expect(Object.fromEntries(follower.known)).toEqual(Object.fromEntries(truth.known))
  expect(follower.events).toBeGreaterThanOrEqual(acknowledgements)
  // Whoever stayed away for too long is told to begin anew.
  const late = await call(server, 'GET', `?watch=true&resourceVersion=${beginning}`)
  expect(late).toMatchObject({ code: 410, value: { reason: 'Expired' } })
  server.child.kill('SIGKILL')
  await server.agent.destroy()
}, 300_000)
