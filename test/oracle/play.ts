import { request } from 'undici'
import { parse as fromYaml } from 'yaml'

import type { Case, Step } from './case.ts'
import { normalise } from './normalise.ts'
import type { Server } from './servers.ts'

interface Answer {
  readonly code: number
  readonly warning?: string
  readonly body: unknown
}

/** What a case knows: its namespace, and what the latest answer said of itself. */
export interface Scene {
  readonly namespace: string
  readonly hooks: { readonly url: string; readonly ca: string }
  readonly seen: { rv: string; uid: string; continue: string }
}

export function emptyScene(namespace: string, hooks = { url: '', ca: '' }): Scene {
  return { namespace, hooks, seen: { rv: '', uid: '', continue: '' } }
}

/** A watch that has not seen what it waits for is ended after so many milliseconds; what it saw is compared. */
const patience = 5000

/** The normalised answers to the steps of a case. */
export async function play(server: Server, { steps }: Case, scene: Scene): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const step of steps) {
    const answer = step.watch === undefined ? await send(server, step, scene) : await follow(server, step, scene)
    if (step.quiet !== true || (answer.code >= 300 && step.anyway !== true)) answers.push(normalise(answer))
  }
  return answers
}

/** Sends one request. */
export async function send(server: Server, step: Step, scene: Scene): Promise<Answer> {
  if (step.until === undefined && step.shows === undefined) return sendOnce(server, step, scene)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { code, body } = await sendOnce(server, step, scene)
    if (code === step.until) break
    if (step.shows !== undefined && JSON.stringify(body).includes(step.shows)) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return sendOnce(server, step, scene)
}

async function sendOnce(server: Server, step: Step, scene: Scene): Promise<Answer> {
  const answer = await open(server, step, scene)
  const type = String(answer.headers['content-type'] ?? '')
  const text = await answer.body.text()
  const body = type === 'application/yaml' ? fromYaml(text) : parse(text)
  remember(body, scene)
  const warning = answer.headers['warning']
  return {
    code: answer.statusCode,
    ...(warning === undefined ? {} : { warning: Array.isArray(warning) ? warning.join(', ') : warning }),
    body,
  }
}

async function follow(server: Server, step: Step, scene: Scene): Promise<Answer> {
  const { events: wanted, meanwhile } = step.watch ?? { events: 0, meanwhile: [] }
  const answer = await open(server, step, scene)
  const acted = (async () => {
    for (const inner of meanwhile) await send(server, inner, scene)
  })()
  const events: unknown[] = []
  const impatient = setTimeout(() => answer.body.destroy(), patience)
  let rest = ''
  try {
    for await (const chunk of answer.body.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      events.push(...lines.map(parse))
      if (events.length >= wanted) break
    }
  } catch {
    // Ended for want of patience: what came is compared.
  }
  clearTimeout(impatient)
  answer.body.destroy()
  await acted
  return { code: answer.statusCode, body: events }
}

function open(server: Server, step: Step, { namespace, hooks, seen }: Scene) {
  const fill = (text: string) =>
    text
      .replaceAll('$ns', namespace)
      .replaceAll('$hooks', hooks.url)
      .replaceAll('$ca', hooks.ca)
      .replaceAll('$rv', seen.rv)
      .replaceAll('$uid', seen.uid)
      .replaceAll('$continue', seen.continue)
  return request(server.url + fill(step.path), {
    method: step.method,
    dispatcher: server.agent,
    headers: {
      authorization: `Bearer ${server.token}`,
      accept: step.accept ?? 'application/json',
      'user-agent': 'oracle/1',
      ...(step.body === undefined ? {} : { 'content-type': step.type ?? 'application/json' }),
    },
    ...(step.body === undefined
      ? {}
      : { body: fill(typeof step.body === 'string' ? step.body : JSON.stringify(step.body)) }),
  })
}

function remember(body: unknown, { seen }: Scene): void {
  const { metadata } = (body ?? {}) as { metadata?: { resourceVersion?: string; uid?: string; continue?: string } }
  if (metadata?.resourceVersion !== undefined) seen.rv = metadata.resourceVersion
  if (metadata?.uid !== undefined) seen.uid = metadata.uid
  if (metadata?.continue !== undefined) seen.continue = metadata.continue
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
