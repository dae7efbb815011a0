import { existsSync } from 'node:fs'

import type { Operation, PoolRef } from '@machinepool/contract'
import { createManualClock, createRecordingIo } from '@machinepool/contract/testing'
import { createGcpProvider, type GCPMachinePoolSpec, type GcpProvider } from '@machinepool/provider-gcp'
import { PassThroughClient } from 'google-auth-library'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { computeModelFile, readComputeModel } from '../../compat/compute-model.ts'
import { recordedBodies } from '../../compat/compute-recordings.ts'
import { drivenClock } from '../../conformance/gcp-harness.ts'

/*
 * Everything of groups and operations that has been recorded of the real Compute Engine, by whomever, is given to the
 * provider. What single recordings say is tested in recorded.test.ts; here nothing may fail, and what can be read off an
 * answer must have been read.
 */

const present = existsSync(computeModelFile)

interface RecordedGroup {
  readonly name: string
  readonly selfLink: string
  readonly targetSize: number
  readonly instanceTemplate?: string
  readonly versions?: readonly { readonly instanceTemplate: string }[]
  readonly status?: { readonly autoscaler?: string }
}

interface RecordedOperation {
  readonly name: string
  readonly status: string
  readonly error?: { readonly errors: readonly { readonly code: string }[] }
}

interface Recorded {
  readonly items?:
    | readonly RecordedGroup[]
    | Readonly<Record<string, { readonly instanceGroupManagers?: RecordedGroup[] }>>
  readonly managedInstances?: readonly { readonly instance: string; readonly id?: string }[]
}

const bodies = present ? recordedBodies(readComputeModel()) : []
const bodiesOf = (schema: string) => bodies.filter((body) => body.schema === schema)

/** `recorded` makes the names of tests: a file may hold several. */
const groups = bodies.flatMap(({ file, schema, body }): { recorded: string; group: RecordedGroup }[] => {
  const { items } = body as Recorded
  const found =
    schema === 'InstanceGroupManager'
      ? [body as RecordedGroup]
      : schema === 'InstanceGroupManagerList' && Array.isArray(items)
        ? (items as RecordedGroup[])
        : schema === 'InstanceGroupManagerAggregatedList'
          ? Object.values(items ?? {}).flatMap(
              (scope) => (scope as { instanceGroupManagers?: RecordedGroup[] }).instanceGroupManagers ?? [],
            )
          : []
  return found.map((group) => ({ recorded: `${group.name} of ${file}`, group }))
})

const api = nock('https://compute.googleapis.com')
let provider: GcpProvider

beforeEach(() => {
  nock.disableNetConnect()
  provider = createGcpProvider({ authorization: new PassThroughClient() })
})

afterEach(async () => {
  await provider.close()
  nock.cleanAll()
  nock.enableNetConnect()
})

const io = () => createRecordingIo({ clock: drivenClock(createManualClock()) })

function poolOf(project: string, scope: string, name: string): PoolRef<GCPMachinePoolSpec> {
  return {
    key: { namespace: 'default', name },
    cluster: { namespace: 'default', name: 'c1', infrastructure: { spec: { project, region: 'us-central1' } } },
    managementId: 'm1',
    spec: { instanceType: 'n1-standard-1', ipForwarding: 'Enabled' },
    annotations: {},
    replicas: 1,
    failureDomains: [],
    recorded: { providerID: `gce://${project}/${scope}/instanceGroupManagers/${name}` },
    adopt: false,
    externallyScaled: false,
    operations: [],
  }
}

/** Answers everything about one group, whose templates are nobody's. */
function answer(project: string, scope: string, group: RecordedGroup, managed: object = {}): void {
  const base = `/compute/v1/projects/${project}`
  api.get(`${base}/${scope}/instanceGroupManagers/${group.name}`).query(true).reply(200, group)
  api.post(`${base}/${scope}/instanceGroupManagers/${group.name}/listManagedInstances`).query(true).reply(200, managed)
  api.get(`${base}/global/instanceTemplates`).query(true).reply(200, {})
  api
    .get(new RegExp(`^${base}/global/instanceTemplates/[^?]+`))
    .query(true)
    .reply(404, { error: { code: 404, errors: [{ reason: 'notFound' }] } })
  api.get(`${base}/aggregated/instances`).query(true).reply(200, {})
}

describe('what Compute Engine has really answered', () => {
  test('there are recordings of each kind, or this is not CI', async ({ annotate }) => {
    if (!present) await annotate('the recordings are missing: nothing was replayed')
    expect(present || process.env['CI'] !== 'true').toBe(true)
    expect(!present || groups.length > 5).toBe(true)
    expect(!present || bodiesOf('Operation').length > 5).toBe(true)
  })

  test.each(groups)('group $recorded', async ({ group }) => {
    const [, project = '', scope = ''] = /projects\/([^/]+)\/((?:zones|regions)\/[^/]+)/.exec(group.selfLink) ?? []
    answer(project, scope, group)
    const observed = await provider.machinePool.observe(poolOf(project, scope, group.name), io())
    expect(observed).toMatchObject({
      exists: true,
      owner: 'ours',
      complete: true,
      groupName: group.name,
      providerID: `gce://${project}/${scope}/instanceGroupManagers/${group.name}`,
      sizeOwner: group.status?.autoscaler === undefined ? 'us' : 'cloudAutoscaler',
    })
    expect(observed.size?.desired).toBe(group.targetSize)
    const { status } = provider.machinePool.report(poolOf(project, scope, group.name), observed)
    expect(status['instanceGroupManager']).toBe(`${scope}/instanceGroupManagers/${group.name}`)
  })

  const listings = bodiesOf('InstanceGroupManagersListManagedInstancesResponse')
  test.each(listings)('instances of $file', async ({ body }) => {
    const { managedInstances = [] } = body as Recorded
    answer(
      'project1',
      'zones/us-central1-b',
      { name: 'mig', selfLink: '', targetSize: managedInstances.length },
      body as object,
    )
    const { instances, problems } = await provider.machinePool.observe(
      poolOf('project1', 'zones/us-central1-b', 'mig'),
      io(),
    )
    expect(instances).toHaveLength(managedInstances.length)
    for (const [index, { providerID, incarnation, state, announced }] of instances.entries()) {
      const { instance, id } = managedInstances[index]!
      expect(providerID).toBe(
        `gce://${instance.split('/projects/')[1]!.replace('/zones/', '/').replace('/instances/', '/')}`,
      )
      expect(announced === true ? undefined : incarnation).toBe(id)
      expect(state).not.toBe('Unknown')
    }
    expect(problems.filter(({ reason }) => reason === 'InstanceLinkUnreadable')).toEqual([])
  })

  test.each(bodiesOf('Operation'))('operation of $file', async ({ body }) => {
    const recorded = body as RecordedOperation
    const operation: Operation = {
      id: 'key',
      action: 'UpdateGroup',
      idempotencyKey: 'key',
      startedAt: 0,
      instances: [],
      handle: { name: 'op-1', scope: 'global', method: 'instanceGroupManagers.patch', resource: 'mig' },
    }
    answer('project1', 'zones/us-central1-b', { name: 'mig', selfLink: '', targetSize: 0 })
    api
      .get('/compute/v1/projects/project1/global/operations/op-1')
      .query(true)
      .reply(200, recorded as never)
    const pool = { ...poolOf('project1', 'zones/us-central1-b', 'mig'), operations: [operation] }
    const { operations } = await provider.machinePool.observe(pool, io())
    const ended = recorded.error === undefined ? 'done' : 'failed'
    expect(operations.map(({ status }) => status)).toEqual([recorded.status === 'DONE' ? ended : 'running'])
  })
})
