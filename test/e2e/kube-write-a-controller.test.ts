import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { configMaps, createClient, events, leases, loadKubeconfig, namespaces, type Client } from '@machinepool/kube'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'

const root = join(import.meta.dirname, '..', '..')
const page = join(root, 'docs', 'write-a-controller.md')

let folder: string
let programs: string[]
let server: ApiServer
let client: Client

beforeAll(async () => {
  const text = await readFile(page, 'utf8')
  programs = [...text.matchAll(/^```ts\n(?<code>.*?)^```$/gms)].map((match) => match.groups?.['code'] ?? '')
  // Below `test`, where the packages are found; a folder with a dot is no part of the workspace's own check.
  await mkdir(join(root, 'test', '.cache'), { recursive: true })
  folder = await mkdtemp(join(root, 'test', '.cache', 'controller-'))
  await Promise.all(programs.map((code, index) => writeFile(join(folder, `program-${index}.ts`), code)))
  server = await createApiServer()
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig())
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
})

afterAll(async () => {
  await client.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

test('the programs of the page compile, the first in no more than 40 lines of code', async () => {
  const [first = ''] = programs
  expect(first.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40)
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, composite: false, declaration: false, declarationMap: false, sourceMap: false },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(dirname(dirname(import.meta.resolve('typescript').replace('file://', ''))), 'bin', 'tsc')
  const complaint = await promisify(execFile)(process.execPath, [compiler, '-p', folder]).then(
    () => '',
    (error: Error & { stdout?: string }) => error.stdout ?? error.message,
  )
  expect(complaint).toBe('')
})

/** Runs the program until it ended by itself after SIGTERM. */
function start(): ChildProcess {
  return spawn(process.execPath, ['--conditions=@machinepool/source', join(folder, 'program-0.ts')], {
    env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: join(folder, 'kubeconfig'), METRICS: '127.0.0.1:0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function shopOf(team: string) {
  return { name: 'shop', labels: { 'example.com/team': team } }
}

test('the controller writes the ConfigMap, puts it back, and ends in order', async () => {
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: shopOf('blue') })
  const key = { namespace: 'shop', name: 'team' }
  const team = async () => (await client.get(configMaps, key)).data?.['team']
  const controller = start()
  try {
    await eventually(async () => expect(await team()).toBe('blue'))
    await client.patch(namespaces, { name: 'shop' }, { type: 'merge', body: { metadata: shopOf('green') } })
    await eventually(async () => expect(await team()).toBe('green'))
    await client.delete(configMaps, key)
    await eventually(async () => expect(await team()).toBe('green'))
    await client.patch(configMaps, key, { type: 'merge', body: { data: { team: 'red' } } })
    await eventually(async () => expect(await team()).toBe('green'))
    const told = await client.list(events, { namespace: 'default' })
    expect(told.items.map((event) => event['reason' as keyof typeof event])).toContain('TeamWritten')

    const ended = once(controller, 'exit')
    controller.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect((await client.get(leases, { namespace: 'default', name: 'teams' })).spec?.holderIdentity).toBe('')
  } finally {
    controller.kill('SIGKILL')
  }
})
