import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { eventually } from './eventually.ts'
import { createGcpRest, templateBody } from './gcp-rest.ts'

const project = 'p1'
// gcloud takes seconds to start, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

let gcp: GcpSimulator
let folder: string

/** Runs `gcloud compute` with JSON output. A missing program fails the test that needs it. */
function gcloud(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly output: unknown; readonly errors: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder, 'token'),
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${gcp.url}/compute/v1/`,
  }
  return new Promise((resolve, reject) => {
    execFile('gcloud', ['compute', ...args, '--format=json'], { env }, (error, stdout, errors) => {
      if (error && typeof error.code !== 'number') {
        reject(new Error('gcloud must be installed for this test', { cause: error }))
        return
      }
      resolve({ code: Number(error?.code ?? 0), output: stdout === '' ? undefined : JSON.parse(stdout), errors })
    })
  })
}

async function ok(...args: readonly string[]): Promise<unknown> {
  const { code, output, errors } = await gcloud(...args)
  expect([code, code === 0 ? '' : errors]).toEqual([0, ''])
  return output
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gcloud-'))
  await writeFile(join(folder, 'token'), 'ya29.gcloud')
  gcp = await createGcpSimulator({ project, timings: { operation: 15, reaction: 5, launch: 10, shutdown: 10 } })
  const api = createGcpRest(gcp.url, project)
  await api.ok('POST', 'global/instanceTemplates', templateBody('t1'))
  await eventually(() => api.ok('GET', 'global/instanceTemplates/t1'))
  const body = { targetSize: 2, instanceTemplate: 'global/instanceTemplates/t1' }
  await api.ok('POST', 'zones/us-central1-a/instanceGroupManagers', { name: 'zonal', ...body })
  await api.ok('POST', 'regions/us-central1/instanceGroupManagers', { name: 'regional', ...body })
  await eventually(() => {
    if (
      gcp
        .project()
        .instances()
        .filter(({ status }) => status === 'RUNNING').length < 4
    )
      throw new Error('no VMs yet')
  })
})

afterAll(async () => {
  await gcp.close()
  await rm(folder, { recursive: true })
})

const groups = ['instance-groups', 'managed'] as const
const inZone = ['--zone', 'us-central1-a'] as const

test('gcloud lists zonal and regional groups', async () => {
  const listed = await ok(...groups, 'list')
  expect(listed).toHaveLength(2)
  for (const name of ['zonal', 'regional']) {
    expect(listed).toContainEqual(expect.objectContaining({ name, size: '2', targetSize: 2, autoscaled: 'no' }))
  }
})

test('gcloud describes a group', async () => {
  expect(await ok(...groups, 'describe', 'zonal', ...inZone)).toMatchObject({
    name: 'zonal',
    targetSize: 2,
    currentActions: { none: 2 },
    status: { isStable: true, versionTarget: { isReached: true } },
    updatePolicy: { type: 'OPPORTUNISTIC' },
  })
})

test('gcloud lists the instances of a group', async () => {
  const members = (await ok(...groups, 'list-instances', 'regional', '--region', 'us-central1')) as object[]
  expect(members).toHaveLength(2)
  for (const member of members) {
    expect(member).toMatchObject({
      instanceStatus: 'RUNNING',
      currentAction: 'NONE',
      id: expect.stringMatching(/^\d+$/) as string,
    })
  }
})

test('gcloud changes a group and waits for the operations', async () => {
  await ok(...groups, 'resize', 'zonal', '--size', '3', ...inZone)
  await eventually(() => expect(gcp.project().instances()).toHaveLength(5))
  const { name } = gcp
    .project()
    .instances()
    .find((one) => one.name.startsWith('zonal'))!
  await ok(...groups, 'delete-instances', 'zonal', '--instances', name, ...inZone)
  await eventually(() => expect(namesOfInstances()).not.toContain(name))
})

test('gcloud lists and describes templates', async () => {
  const templates = (await ok('instance-templates', 'list')) as object[]
  expect(templates.map((template) => (template as { name: string }).name)).toContain('t1')
  expect(await ok('instance-templates', 'describe', 't1')).toMatchObject({
    name: 't1',
    properties: { machineType: expect.any(String) as string, disks: [expect.objectContaining({ boot: true })] },
  })
})

test('gcloud lists and describes operations', async () => {
  const operations = (await ok('operations', 'list')) as { name: string; status: string; zone?: string }[]
  expect(operations.length).toBeGreaterThan(0)
  const zonal = operations.find((operation) => operation.zone !== undefined)!
  expect(await ok('operations', 'describe', zonal.name, ...inZone)).toMatchObject({ name: zonal.name, status: 'DONE' })
})

test('gcloud updates a group: autohealing, named ports, and back', async () => {
  const api = createGcpRest(gcp.url, project)
  await api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP', tcpHealthCheck: { port: 80 } })
  await eventually(() => api.ok('GET', 'global/healthChecks/alive'))
  await ok(...groups, 'update', 'zonal', '--health-check', 'alive', '--initial-delay', '60', ...inZone)
  expect(groupNamed('zonal')).toMatchObject({ autoHealingPolicies: [{ initialDelaySec: 60 }] })
  await ok(...groups, 'update', 'zonal', '--clear-autohealing', ...inZone)
  expect(groupNamed('zonal')?.autoHealingPolicies?.[0]?.healthCheck).toBeUndefined()
  await ok(...groups, 'set-named-ports', 'zonal', '--named-ports', 'http:80', ...inZone)
  expect(await ok(...groups, 'get-named-ports', 'zonal', ...inZone)).toEqual([{ name: 'http', port: 80 }])
})

test('gcloud rolls a group to another template', async () => {
  const api = createGcpRest(gcp.url, project)
  await api.ok('POST', 'global/instanceTemplates', templateBody('t2', { machineType: 'n2-standard-4' }))
  await eventually(() => api.ok('GET', 'global/instanceTemplates/t2'))
  const roll = [...groups, 'rolling-action'] as const
  await ok(...roll, 'start-update', 'regional', '--version', 'template=t2', '--region', 'us-central1')
  await eventually(() => expect(typesOf('regional')).toEqual(['n2-standard-4', 'n2-standard-4']))
})

test('gcloud names what is wrong', async () => {
  const { code, errors } = await gcloud(...groups, 'describe', 'nowhere', ...inZone)
  expect(code).toBe(1)
  expect(errors).toContain('was not found')
})

function typesOf(group: string) {
  return gcp
    .project()
    .instances()
    .filter(({ name }) => name.startsWith(group))
    .map(({ properties }) => properties.machineType)
}

function groupNamed(name: string) {
  return gcp
    .project()
    .groups()
    .find(({ resource }) => resource.name === name)?.resource
}

function namesOfInstances() {
  return gcp
    .project()
    .instances()
    .map(({ name }) => name)
}
