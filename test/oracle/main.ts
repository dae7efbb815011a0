import { parseArgs } from 'node:util'

import { isAccepted } from './accepted.ts'
import { realServers } from './build.ts'
import { applyCases } from './cases/apply.ts'
import { collectionCases } from './cases/collections.ts'
import { gadgetCases } from './cases/gadgets.ts'
import { kindCases } from './cases/kinds.ts'
import { asideCases, moreKindCases } from './cases/more-kinds.ts'
import { objectCases } from './cases/objects.ts'
import { patchCases } from './cases/patches.ts'
import { ruleCases } from './cases/rules.ts'
import { prepare, schemaCases } from './cases/schemas.ts'
import { watchCases } from './cases/watches.ts'
import { webhookCases } from './cases/webhooks.ts'
import { playSession } from './kubectl-session.ts'
import { differences } from './normalise.ts'
import { emptyScene, play, send } from './play.ts'
import { session } from './session.ts'
import { prepareGadgets } from './random/gadget.ts'
import { randomCase } from './random/generate.ts'
import { startEmbedded, startReal, type Server } from './servers.ts'
import { startWebhooks } from './webhooks.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    show: { type: 'boolean' },
    random: { type: 'string' },
    seed: { type: 'string' },
  },
})
const written = [
  ...objectCases,
  ...kindCases,
  ...moreKindCases,
  ...asideCases,
  ...patchCases,
  ...applyCases,
  ...schemaCases,
  ...ruleCases,
  ...watchCases,
  ...collectionCases,
  ...gadgetCases,
  ...webhookCases,
].filter(({ name }) => name.includes(values.only ?? ''))
/** Cases that a seed makes; `--only` then names a kind. */
const first = Number(values.seed ?? 1)
const all =
  values.random === undefined
    ? written
    : Array.from({ length: Number(values.random) }, (_, index) => randomCase(first + index, values.only))

async function install(server: Server): Promise<void> {
  for (const step of [...prepare, ...prepareGadgets]) {
    const { code, body } = await send(server, step, emptyScene(''))
    if (code >= 300) throw new Error(`${server.name} refuses ${step.path}: ${JSON.stringify(body)}`)
  }
  // Its discovery and handlers follow a definition a little later.
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { code } = await send(server, { method: 'GET', path: '/apis/oracle.example.com/v1/widgets' }, emptyScene(''))
    if (code === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${server.name} does not serve the suite's own kind`)
}

/** Commands of the kubectl session that do not come to the same on both servers. */
async function compareSessions(expected: Server, actual: Server): Promise<number> {
  const [left, right] = [await playSession(expected.kubeconfig), await playSession(actual.kubeconfig)]
  let found = 0
  for (const [index, { command, code, text }] of left.entries()) {
    const name = `kubectl ${command.args.join(' ')}`
    const other = right[index]
    if (code === other?.code && text === other.text) continue
    const line = `real ${code} ${JSON.stringify(text)}, embedded ${other?.code} ${JSON.stringify(other?.text)}`
    if (isAccepted(name, line)) continue
    found += 1
    console.log(`\n${name}\n  ${line}`)
  }
  return found
}

const real = await startReal(realServers(process.env))
const embedded = await startEmbedded()
const hooks = await startWebhooks()
let differing = 0
let commands = 0
try {
  for (const server of [real, embedded]) await install(server)
  for (const [index, item] of all.entries()) {
    const namespace = `case-${index}`
    const [expected, actual] = await Promise.all(
      [real, embedded].map(async (server) => {
        const scene = emptyScene(namespace, hooks)
        await send(
          server,
          { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } },
          scene,
        )
        return play(server, item, scene)
      }),
    )
    const found = differences(expected, actual).filter((line) => !isAccepted(item.name, line))
    if (values.show === true) console.log(`\n${item.name}\n${JSON.stringify(expected, undefined, 2)}`)
    if (found.length === 0) continue
    differing += 1
    console.log(`\n${item.name}\n  ${found.join('\n  ')}`)
  }
  if (values.random === undefined && 'kubectl'.includes(values.only ?? '')) {
    commands = session.length
    differing += await compareSessions(real, embedded)
  }
} finally {
  await embedded.close()
  await hooks.close()
  await real.close()
}
console.log(`\n${all.length + commands - differing} passed, ${differing} failed`)
process.exitCode = differing === 0 ? 0 : 1
