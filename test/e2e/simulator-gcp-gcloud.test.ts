import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { createGcpRest, templateBody } from './gcp-rest.ts'

const project = 'p1'
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

function namesOfInstances() {
  return gcp
    .project()
    .instances()
    .map(({ name }) => name)
}
