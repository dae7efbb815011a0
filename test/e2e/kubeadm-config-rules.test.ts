import { kubeadmConfigKind, resourceOf, toCustomResourceDefinition } from '@machinepool/api'
import { createClient, loadKubeconfig, type Client } from '@machinepool/kube'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startChosenServer, type ChosenServer } from './chosen-server.ts'

// Without any webhook: the definition of the kind alone refuses what upstream's webhook refuses.

const configs = resourceOf(kubeadmConfigKind)
let server: ChosenServer
let client: Client

beforeAll(async () => {
  server = await startChosenServer([toCustomResourceDefinition(kubeadmConfigKind)])
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
}, 120_000)
afterAll(async () => {
  await client.close()
  await server.close()
})

const create = (version: string, name: string, spec: object) =>
  client.create(
    { ...configs, version },
    {
      apiVersion: `bootstrap.cluster.x-k8s.io/${version}`,
      kind: 'KubeadmConfig',
      metadata: { namespace: 'default', name },
      spec,
    },
  )

const ignition = { format: 'ignition' }
const secret = { secret: { name: 's', key: 'k' } }
const file = { path: '/a', content: 'x' }
const kubeConfig = (user: object) => ({
  joinConfiguration: { discovery: { file: { kubeConfigPath: '/k', kubeConfig: { user } } } },
})

test.each<[string, object, string]>([
  ['content twice', { files: [{ ...file, contentFrom: secret }] }, 'only one of content and contentFrom may be set'],
  ['a path twice', { files: [file, file] }, 'path must be unique among the files'],
  [
    'a password twice',
    { users: [{ name: 'u', passwd: 'x', passwdFrom: secret }] },
    'only one of passwd and passwdFrom',
  ],
  [
    'two ways to log in',
    kubeConfig({ exec: { command: 'x' }, authProvider: { name: 'x' } }),
    'only one of authProvider',
  ],
  ['Ignition settings alone', { ignition: { containerLinuxConfig: { strict: true } } }, 'only if format is ignition'],
  ['boot commands', { ...ignition, bootCommands: ['true'] }, 'not supported when format is ignition'],
  ['gzip', { ...ignition, files: [{ ...file, encoding: 'gzip' }] }, 'encoding may only be base64'],
  ['an inactive user', { ...ignition, users: [{ name: 'u', inactive: true }] }, 'inactive is not supported'],
  [
    'an MBR',
    { ...ignition, diskSetup: { partitions: [{ device: '/d', layout: true, tableType: 'mbr' }], filesystems: [] } },
    'tableType may only be gpt',
  ],
])('%s is refused', async (_, spec, message) => {
  await expect(create('v1beta2', 'bad', spec)).rejects.toThrow(message)
  await expect(create('v1beta1', 'bad', spec)).rejects.toThrow(message)
})

test('everything that goes together is taken', async () => {
  const spec = {
    ...ignition,
    ignition: { containerLinuxConfig: { strict: true } },
    files: [file, { path: '/b', contentFrom: secret, encoding: 'base64' }],
    users: [{ name: 'u', passwdFrom: secret, inactive: false }],
    diskSetup: { partitions: [{ device: '/d', layout: true, tableType: 'gpt' }], filesystems: [] },
    ...kubeConfig({ exec: { command: 'x' } }),
  }
  expect((await create('v1beta2', 'good', spec)).spec).toEqual(spec)
})
