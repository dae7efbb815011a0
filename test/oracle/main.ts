import { request } from 'undici'
import { parseArgs } from 'node:util'

import { accepted } from './accepted.ts'
import type { Case, Step } from './case.ts'
import { applyCases } from './cases/apply.ts'
import { objectCases } from './cases/objects.ts'
import { patchCases } from './cases/patches.ts'
import { prepare, schemaCases } from './cases/schemas.ts'
import { differences, normalise } from './normalise.ts'
import { assetsFolder, startEmbedded, startReal, type Server } from './servers.ts'

interface Answer {
  readonly code: number
  readonly warning: string | undefined
  readonly body: unknown
}

async function send(server: Server, step: Step, namespace: string): Promise<Answer> {
  const fill = (text: string) => text.replaceAll('$ns', namespace)
  const answer = await request(server.url + fill(step.path), {
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
  const text = await answer.body.text()
  const warning = answer.headers['warning']
  return { code: answer.statusCode, warning: Array.isArray(warning) ? warning.join(', ') : warning, body: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function play(server: Server, { steps }: Case, namespace: string): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const step of steps) answers.push(normalise(await send(server, step, namespace)))
  return answers
}

async function install(server: Server): Promise<void> {
  for (const step of prepare) {
    const { code, body } = await send(server, step, '')
    if (code >= 300) throw new Error(`${server.name} refuses ${step.path}: ${JSON.stringify(body)}`)
  }
  // Its discovery and handlers follow a definition a little later.
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { code } = await send(server, { method: 'GET', path: '/apis/oracle.example.com/v1/widgets' }, '')
    if (code === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${server.name} does not serve the suite's own kind`)
}

const { values } = parseArgs({ options: { only: { type: 'string' }, show: { type: 'boolean' } } })
const all = [...objectCases, ...patchCases, ...applyCases, ...schemaCases].filter(({ name }) =>
  name.includes(values.only ?? ''),
)
const real = await startReal(assetsFolder(process.env))
const embedded = await startEmbedded()
let differing = 0
try {
  for (const server of [real, embedded]) await install(server)
  for (const [index, item] of all.entries()) {
    const namespace = `case-${index}`
    const [expected, actual] = await Promise.all(
      [real, embedded].map(async (server) => {
        await send(server, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } }, '')
        return play(server, item, namespace)
      }),
    )
    const found = differences(expected, actual).filter((line) => !accepted.some(({ pattern }) => pattern.test(line)))
    if (values.show === true) console.log(`\n${item.name}\n${JSON.stringify(expected, undefined, 2)}`)
    if (found.length === 0) continue
    differing += 1
    console.log(`\n${item.name}\n  ${found.join('\n  ')}`)
  }
} finally {
  await embedded.close()
  await real.close()
}
console.log(`\n${all.length - differing} passed, ${differing} failed`)
process.exitCode = differing === 0 ? 0 : 1
