import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { readEndpoints, runCli, startCli } from './first-light/cli.ts'
import { createGcpRest, type GcpBody } from './gcp-rest.ts'
import { createKubectl } from './kubectl.ts'

const examples = fileURLToPath(new URL('../../examples/gcp', import.meta.url))
const manifest = join(examples, 'machinepool.yaml')
const zone = 'zones/us-central1-a'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gcp-light-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Cloud {
  readonly templates: readonly GcpBody[]
  readonly groups: readonly GcpBody[]
  readonly instances: readonly GcpBody[]
}

/** What there is in the simulated Google Cloud, asked for as any client does. */
async function cloudOf(dataDir: string): Promise<Cloud> {
  const api = createGcpRest(readEndpoints(dataDir).gcp!, 'simulated-project')
  const itemsOf = async (path: string) => (await api.ok('GET', path)).items ?? []
  return {
    templates: await itemsOf('global/instanceTemplates'),
    groups: await itemsOf(`${zone}/instanceGroupManagers`),
    instances: await itemsOf(`${zone}/instances`),
  }
}

const crashes = [
  ['when the instance template is there', ({ templates }: Cloud) => templates.length],
  ['when the group is there', ({ groups }: Cloud) => groups.length],
  ['when the first instances are there', ({ instances }: Cloud) => instances.length],
] as const

test.concurrent.each(crashes)(
  'machinepool up, killed %s, goes on with the same group, template and instances',
  async (_name, reached) => {
    const dataDir = mkdtempSync(join(folder, 'killed-'))
    const command = ['up', '--simulate', 'gcp', '--apply', manifest, '--data-dir', dataDir]
    const killed = startCli(command)
    await killed.printed(/Kubernetes API at/)
    await eventually(async () => expect(reached(await cloudOf(dataDir))).toBeGreaterThan(0))
    const before = await cloudOf(dataDir)
    killed.kill('SIGKILL')
    await killed.ended

    const second = startCli(command)
    await second.printed(/All pools are Running/)
    const after = await cloudOf(dataDir)
    expect(after.groups.map(({ name }) => name)).toEqual(['capg-capg-mp-0'])
    expect(after.templates.map(({ id }) => id)).toEqual(before.templates.map(({ id }) => id))
    expect(after.instances).toHaveLength(2)
    expect(after.instances.map(({ id }) => id)).toEqual(expect.arrayContaining(before.instances.map(({ id }) => id)))
    const kubectl = await createKubectl(readFileSync(join(dataDir, 'capg.kubeconfig'), 'utf8'))
    const { stdout } = await kubectl(['get', 'nodes', '-o', 'name'])
    await kubectl.close()
    expect(stdout.trim().split('\n')).toHaveLength(2)
    second.kill('SIGINT')
    expect(await second.ended).toMatchObject({ code: 0 })
  },
  120_000,
)

test.concurrent.each(readdirSync(examples))(
  'example %s comes up on the simulated Google Cloud',
  async (name) => {
    const { code, stdout } = await runCli(['up', '--simulate', 'gcp', '--once', '--apply', join(examples, name)])
    expect([code, /Running (\d)\/\1/.test(stdout)]).toEqual([0, true])
  },
  120_000,
)
