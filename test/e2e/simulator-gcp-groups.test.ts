import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createGcpSimulator, type GcpSimulator, type GcpSimulatorOptions } from '@machinepool/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { createGcpRest, templateBody, type GcpRest, type GcpBody } from './gcp-rest.ts'

const seconds = 1000
const zone = 'zones/us-central1-a'
const region = 'regions/us-central1'
let clock: ManualClock
let gcp: GcpSimulator
let api: GcpRest

async function start(options: GcpSimulatorOptions = {}) {
  clock = createManualClock()
  gcp = await createGcpSimulator({ clock, project: 'p1', ...options })
  api = createGcpRest(gcp.url, 'p1')
  await insertTemplate('t1')
}

beforeEach(() => start())
afterEach(() => gcp.close())

async function restart(options: GcpSimulatorOptions) {
  await gcp.close()
  await start(options)
}

async function insertTemplate(name: string, properties: object = {}) {
  await api.ok('POST', 'global/instanceTemplates', templateBody(name, properties))
  await clock.advance(seconds)
}

async function insertGroup(body: object = {}, scope = zone) {
  const resource = {
    name: 'np',
    baseInstanceName: 'np',
    targetSize: 2,
    versions: [{ instanceTemplate: 'global/instanceTemplates/t1' }],
    ...body,
  }
  await api.ok('POST', `${scope}/instanceGroupManagers`, resource)
  await clock.advance(10 * seconds)
}

const group = (scope = zone) => api.ok('GET', `${scope}/instanceGroupManagers/np`)

async function managed(scope = zone): Promise<readonly GcpBody[]> {
  const { managedInstances = [] } = await api.ok('POST', `${scope}/instanceGroupManagers/np/listManagedInstances`)
  return managedInstances
}

const act = (method: string, body: object, scope = zone) =>
  api.ok('POST', `${scope}/instanceGroupManagers/np/${method}`, body)

const patch = (body: object) => api.ok('PATCH', `${zone}/instanceGroupManagers/np`, body)
const to = (template: string) => ({ versions: [{ instanceTemplate: `global/instanceTemplates/${template}` }] })
const zonesOf = (members: readonly GcpBody[]) =>
  sorted(members.map(({ instance }) => /zones\/us-central1-(.)\//.exec(instance)![1]!))
const namesOf = (members: readonly GcpBody[]) => sorted(members.map(({ name }) => name))
const vm = (name: string, place = zone) => `${place}/instances/${name}`
const templatesOf = (members: readonly GcpBody[]) =>
  members.map((member) => member.version.instanceTemplate.split('/').at(-1)!)

function sorted(texts: readonly string[]): string[] {
  return texts.toSorted((a, b) => a.localeCompare(b))
}

function reasonOf({ body }: { body: GcpBody }) {
  return body.error.errors[0]!.reason
}

describe('operations', () => {
  test('run, and are done later; a group appears with the end of its insertion', async () => {
    const operation = await api.ok('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 1,
      versions: [{ instanceTemplate: 'global/instanceTemplates/t1' }],
    })
    expect(operation).toMatchObject({
      kind: 'compute#operation',
      status: 'PENDING',
      progress: 0,
      operationType: 'compute.instanceGroupManagers.insert',
      targetLink: `https://www.googleapis.com/compute/v1/projects/p1/${zone}/instanceGroupManagers/np`,
      zone: `https://www.googleapis.com/compute/v1/projects/p1/${zone}`,
    })
    expect(operation.id).toMatch(/^\d{19}$/)
    expect((await api.call('GET', `${zone}/instanceGroupManagers/np`)).status).toBe(404)
    const path = `${zone}/operations/${operation.name}`
    await clock.advance(100)
    expect(await api.ok('GET', path)).toMatchObject({ status: 'RUNNING' })
    await clock.advance(200)
    expect(await api.ok('GET', path)).toMatchObject({ status: 'DONE', progress: 100 })
    expect(await group()).toMatchObject({ name: 'np', baseInstanceName: 'np' })
  })

  test('are waited for, two minutes at most', async () => {
    await restart({ timings: { operation: 100_000 * seconds } })
    const { name } = await api.ok('POST', 'global/instanceTemplates', templateBody('t2'))
    const waiting = api.ok('POST', `global/operations/${name}/wait`)
    let answered = false
    const noted = waiting.then(() => (answered = true))
    await eventually(async () => {
      await clock.advance(30 * seconds)
      expect(answered).toBe(true)
    })
    await noted
    expect(await waiting).toMatchObject({ status: 'PENDING' })
  })

  test('are waited for until they are done', async () => {
    const operation = await api.ok('POST', 'global/instanceTemplates', templateBody('t2'))
    const waiting = api.ok('POST', `global/operations/${operation.name}/wait`)
    await api.ok('GET', 'global/operations')
    await clock.advance(300)
    expect(await waiting).toMatchObject({ status: 'DONE' })
  })

  test('that fail are a success of HTTP', async () => {
    gcp.faults.add({
      operation: 'instanceTemplates.insert',
      phase: 'operation',
      error: { reason: 'QUOTA_EXCEEDED', message: "Quota 'X' exceeded.", status: 403 },
    })
    const operation = await api.ok('POST', 'global/instanceTemplates', templateBody('t2'))
    await clock.advance(seconds)
    expect(await api.ok('GET', `global/operations/${operation.name}`)).toMatchObject({
      status: 'DONE',
      error: { errors: [{ code: 'QUOTA_EXCEEDED', message: "Quota 'X' exceeded." }] },
      httpErrorStatusCode: 403,
    })
    expect((await api.call('GET', 'global/instanceTemplates/t2')).status).toBe(404)
  })

  test('are forgotten at last', async () => {
    const operation = await api.ok('POST', 'global/instanceTemplates', templateBody('t2'))
    gcp.project().forgetOperations()
    expect((await api.call('GET', `global/operations/${operation.name}`)).status).toBe(404)
  })

  test('of one request id are one', async () => {
    await insertGroup()
    const [first] = namesOf(await managed())
    const id = '6f2c8f8e-63b5-4ad1-9d3a-0d2f2c1a7b11'
    const body = { instances: [vm(first!)] }
    const one = await act(`deleteInstances?requestId=${id}`, body)
    const two = await act(`deleteInstances?requestId=${id}`, body)
    expect(two.name).toBe(one.name)
    expect(await group()).toMatchObject({ targetSize: 1 })
    const zero = await api.call(
      'POST',
      `${zone}/instanceGroupManagers/np/resize?size=1&requestId=00000000-0000-0000-0000-000000000000`,
    )
    expect([zero.status, reasonOf(zero)]).toEqual([400, 'invalid'])
  })
})

describe('requests', () => {
  test('with unknown fields are refused, and what is missing is named', async () => {
    const unknown = await api.call('POST', 'global/instanceTemplates', templateBody('t2', { machineTyp: 'e2-medium' }))
    expect(unknown.status).toBe(400)
    expect(unknown.body.error.message).toContain('Unknown name "machineTyp" at \'properties\'')
    const enumeration = await api.call('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 1,
      updatePolicy: { type: 'FAST' },
    })
    expect(enumeration.body.error.message).toContain("Invalid value at 'updatePolicy.type' (TYPE_ENUM)")
    const sizeless = await api.call('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      instanceTemplate: 'global/instanceTemplates/t1',
    })
    expect([sizeless.status, reasonOf(sizeless)]).toEqual([400, 'required'])
    expect((await api.call('GET', `${zone}/instances?maxResult=1`)).status).toBe(400)
  })

  test('for what is not there get a 404 with the whole path', async () => {
    const answer = await api.call('GET', `${zone}/instanceGroupManagers/none`)
    expect(answer.status).toBe(404)
    const message = `The resource 'projects/p1/${zone}/instanceGroupManagers/none' was not found`
    expect(answer.body.error).toMatchObject({
      code: 404,
      message,
      errors: [{ message, domain: 'global', reason: 'notFound' }],
    })
  })

  test('of a template that is not there, or not yet, are told apart', async () => {
    const body = { name: 'np', targetSize: 1, instanceTemplate: 'global/instanceTemplates/t2' }
    expect(reasonOf(await api.call('POST', `${zone}/instanceGroupManagers`, body))).toBe('notFound')
    await api.ok('POST', 'global/instanceTemplates', templateBody('t2'))
    expect(reasonOf(await api.call('POST', `${zone}/instanceGroupManagers`, body))).toBe('resourceNotReady')
  })

  test('are limited, by pattern and by the minute', async () => {
    gcp.setRate('instances.*', { perSecond: 1, burst: 2 })
    const statuses = []
    for (const path of ['zones/us-central1-a/instances', 'aggregated/instances', 'aggregated/instances']) {
      // In turn: they share a bucket.
      // oxlint-disable-next-line no-await-in-loop
      statuses.push((await api.call('GET', path)).status)
    }
    expect(statuses).toEqual([200, 200, 403])
    await clock.advance(seconds)
    expect((await api.call('GET', 'aggregated/instances')).status).toBe(200)
    expect(gcp.calls.list('instances.*').map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      'rateLimitExceeded',
      undefined,
    ])
  })

  test.each([
    ['rateLimitExceeded', 403],
    ['tooManyRequests', 429],
    ['forbidden', 403],
    ['unauthenticated', 401],
    ['backendError', 503],
  ] as const)('fail with %s when a fault says so, once', async (error, status) => {
    gcp.faults.add({ operation: 'instances.list', error, times: 1 })
    expect((await api.call('GET', `${zone}/instances`)).status).toBe(status)
    expect((await api.call('GET', `${zone}/instances`)).status).toBe(200)
  })

  test('can lose their answer after their work', async () => {
    gcp.faults.add({ operation: 'instanceTemplates.insert', error: 'drop', phase: 'after' })
    await expect(api.call('POST', 'global/instanceTemplates', templateBody('t2'))).rejects.toThrow('other side closed')
    await clock.advance(seconds)
    expect(await api.ok('GET', 'global/instanceTemplates/t2')).toMatchObject({ name: 't2' })
  })
})

describe('lists', () => {
  test('have no items when they are empty', async () => {
    expect(await api.ok('GET', `${zone}/instanceGroupManagers`)).toEqual({
      kind: 'compute#instanceGroupManagerList',
      id: `projects/p1/${zone}/instanceGroupManagers`,
      selfLink: `https://www.googleapis.com/compute/v1/projects/p1/${zone}/instanceGroupManagers`,
    })
  })

  test('come in pages and are filtered', async () => {
    await insertGroup({ targetSize: 5 })
    const first = await api.ok('GET', `${zone}/instances?maxResults=3`)
    expect(first.items).toHaveLength(3)
    const second = await api.ok('GET', `${zone}/instances?maxResults=3&pageToken=${first.nextPageToken}`)
    expect(second.items).toHaveLength(2)
    expect(second.nextPageToken).toBeUndefined()
    const name = second.items![0]!.name
    const filtered = await api.ok(
      'GET',
      `${zone}/instances?filter=${encodeURIComponent(`(name = "${name}") AND (status eq RUN.*)`)}`,
    )
    expect(filtered.items).toHaveLength(1)
    expect((await api.call('GET', `${zone}/instances?pageToken=nonsense`)).status).toBe(400)
    expect((await api.call('GET', `${zone}/instances?filter=name+=`)).status).toBe(400)
  })

  test('of managed instances come in pages only where the group says so', async () => {
    await insertGroup({ targetSize: 4 })
    const all = await act('listManagedInstances?maxResults=3', {})
    expect(all.managedInstances).toHaveLength(4)
    await api.ok('PATCH', `${zone}/instanceGroupManagers/np`, { listManagedInstancesResults: 'PAGINATED' })
    const page = await act('listManagedInstances?maxResults=3', {})
    expect(page.managedInstances).toHaveLength(3)
    const rest = await act(`listManagedInstances?maxResults=3&pageToken=${page.nextPageToken}`, {})
    expect(rest.managedInstances).toHaveLength(1)
  })

  test('over all scopes name the empty ones', async () => {
    await insertGroup()
    await insertGroup({}, region)
    expect(await api.ok('GET', 'aggregated/instanceGroupManagers')).toMatchObject({
      items: {
        [zone]: { instanceGroupManagers: [{ name: 'np', targetSize: 2 }] },
        [region]: { instanceGroupManagers: [{ name: 'np', targetSize: 2 }] },
        'zones/us-central1-b': {
          warning: { code: 'NO_RESULTS_ON_PAGE', data: [{ key: 'scope', value: 'zones/us-central1-b' }] },
        },
      },
    })
  })

  test('are behind by the lag', async () => {
    await insertGroup()
    gcp.setLag(5 * seconds)
    await act('resize?size=3', {})
    expect(await group()).toMatchObject({ targetSize: 2 })
    await clock.advance(5 * seconds)
    expect(await group()).toMatchObject({ targetSize: 3 })
  })
})

describe('templates', () => {
  test('in use cannot be deleted', async () => {
    await insertGroup()
    const answer = await api.call('DELETE', 'global/instanceTemplates/t1')
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'resourceInUseByAnotherResource'])
    expect(answer.body.error.message).toBe(
      `The instance_template resource 'projects/p1/global/instanceTemplates/t1' is already being used by 'projects/p1/${zone}/instanceGroupManagers/np'`,
    )
    await api.ok('DELETE', `${zone}/instanceGroupManagers/np`)
    await clock.advance(10 * seconds)
    await api.ok('DELETE', 'global/instanceTemplates/t1')
    await clock.advance(seconds)
    expect((await api.call('GET', 'global/instanceTemplates/t1')).status).toBe(404)
  })

  test('belong to the project or to a region', async () => {
    await api.ok('POST', `${region}/instanceTemplates`, templateBody('t1'))
    await clock.advance(seconds)
    const regional = await api.ok('GET', `${region}/instanceTemplates/t1`)
    expect(regional).toMatchObject({ region: `https://www.googleapis.com/compute/v1/projects/p1/${region}` })
    await insertGroup({ versions: [{ instanceTemplate: `${region}/instanceTemplates/t1` }] })
    expect(templatesOf(await managed())).toEqual(['t1', 't1'])
  })

  test.each([
    ['a machine type with a zone', { machineType: 'zones/us-central1-a/machineTypes/e2-medium' }, 'machineType'],
    ['no disk', { disks: [] }, 'disks'],
    ['no network', { networkInterfaces: [] }, 'networkInterfaces'],
    [
      'a metadata key twice',
      {
        metadata: {
          items: [
            { key: 'user-data', value: 'a' },
            { key: 'user-data', value: 'b' },
          ],
        },
      },
      'duplicate key',
    ],
    [
      'spot instances that migrate',
      { scheduling: { provisioningModel: 'SPOT', onHostMaintenance: 'MIGRATE' } },
      'onHostMaintenance',
    ],
    [
      'accelerators that migrate',
      { guestAccelerators: [{ acceleratorType: 'nvidia-tesla-t4', acceleratorCount: 1 }] },
      'live migration',
    ],
  ])('with %s are refused', async (_, properties, message) => {
    const answer = await api.call('POST', 'global/instanceTemplates', templateBody('t2', properties))
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain(message)
  })

  test('are limited in number', async () => {
    gcp.project().setQuota('INSTANCE_TEMPLATES', 1)
    const answer = await api.call('POST', 'global/instanceTemplates', templateBody('t2'))
    expect([answer.status, reasonOf(answer)]).toEqual([403, 'quotaExceeded'])
  })
})

describe('a group', () => {
  test('has the API’s defaults and shows what it does', async () => {
    await api.ok('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 2,
      instanceTemplate: 'global/instanceTemplates/t1',
    })
    await clock.advance(700)
    expect(await group()).toMatchObject({
      kind: 'compute#instanceGroupManager',
      baseInstanceName: 'np',
      versions: [{ targetSize: { calculated: 2 } }],
      updatePolicy: {
        type: 'OPPORTUNISTIC',
        minimalAction: 'REPLACE',
        replacementMethod: 'SUBSTITUTE',
        maxSurge: { fixed: 1, calculated: 1 },
        maxUnavailable: { fixed: 1, calculated: 1 },
      },
      listManagedInstancesResults: 'PAGELESS',
      currentActions: { creating: 2, none: 0 },
      status: { isStable: false },
    })
    const [early] = await managed()
    expect(early).toMatchObject({ currentAction: 'CREATING' })
    await clock.advance(seconds)
    expect(await group()).toMatchObject({
      currentActions: { creating: 0, none: 2 },
      status: { isStable: true, versionTarget: { isReached: true } },
    })
    const [member] = await managed()
    expect(member).toMatchObject({ currentAction: 'NONE', instanceStatus: 'RUNNING' })
    expect(member!.name).toMatch(/^np-[a-z0-9]{4}$/)
  })

  test('shows instances before there is a VM: neither id nor status', async () => {
    await api.ok('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 1,
      instanceTemplate: 'global/instanceTemplates/t1',
    })
    await clock.advance(550)
    const [member] = await managed()
    expect(Object.keys(member!).toSorted()).toEqual(['currentAction', 'instance', 'name', 'version'])
  })

  test('is made once', async () => {
    await insertGroup()
    const again = await api.call('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 1,
      instanceTemplate: 'global/instanceTemplates/t1',
    })
    expect([again.status, reasonOf(again)]).toEqual([409, 'alreadyExists'])
  })

  test('grows and shrinks by resize, whose operation is done at once', async () => {
    await insertGroup()
    expect(await act('resize?size=4', {})).toMatchObject({
      status: 'DONE',
      operationType: 'compute.instanceGroupManagers.resize',
    })
    await clock.advance(10 * seconds)
    expect(await managed()).toHaveLength(4)
    await act('resize?size=0', {})
    await clock.advance(10 * seconds)
    expect(await managed()).toEqual([])
    expect(await group()).toMatchObject({ targetSize: 0, status: { isStable: true } })
  })

  test('is deleted with its VMs; until then it is still there', async () => {
    await insertGroup()
    const operation = await api.ok('DELETE', `${zone}/instanceGroupManagers/np`)
    await clock.advance(500)
    expect(await group()).toMatchObject({ currentActions: { deleting: 2 } })
    expect(await api.ok('GET', `${zone}/operations/${operation.name}`)).toMatchObject({ status: 'RUNNING' })
    const again = await api.call('DELETE', `${zone}/instanceGroupManagers/np`)
    expect(reasonOf(again)).toBe('resourceNotReady')
    await clock.advance(5 * seconds)
    expect((await api.call('GET', `${zone}/instanceGroupManagers/np`)).status).toBe(404)
    expect(await api.ok('GET', `${zone}/operations/${operation.name}`)).toMatchObject({ status: 'DONE' })
    expect(gcp.project().instances()).toEqual([])
  })

  test('in a backend service is not deleted', async () => {
    await insertGroup()
    gcp.project().setBackendService(`${zone}/instanceGroupManagers/np`, 'global/backendServices/web')
    const answer = await api.call('DELETE', `${zone}/instanceGroupManagers/np`)
    expect(reasonOf(answer)).toBe('resourceInUseByAnotherResource')
  })

  test('takes a patch with its fingerprint, and refuses one with an old fingerprint', async () => {
    await insertGroup()
    const { fingerprint } = await group()
    const change = { description: 'mine', fingerprint }
    await api.ok('PATCH', `${zone}/instanceGroupManagers/np`, change)
    expect(await group()).toMatchObject({ description: 'mine' })
    const stale = await api.call('PATCH', `${zone}/instanceGroupManagers/np`, change)
    expect([stale.status, reasonOf(stale)]).toEqual([412, 'conditionNotMet'])
    expect((await group()).fingerprint).not.toBe(fingerprint)
  })

  test('keeps what a patch leaves out, and clears lists', async () => {
    await api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP' })
    await clock.advance(seconds)
    await insertGroup({ autoHealingPolicies: [{ healthCheck: 'global/healthChecks/alive', initialDelaySec: 5 }] })
    await api.ok('PATCH', `${zone}/instanceGroupManagers/np`, { updatePolicy: { maxSurge: { fixed: 0 } } })
    expect(await group()).toMatchObject({
      autoHealingPolicies: [{ initialDelaySec: 5 }],
      updatePolicy: { maxSurge: { fixed: 0 }, maxUnavailable: { fixed: 1 } },
    })
    await api.ok('PATCH', `${zone}/instanceGroupManagers/np`, { autoHealingPolicies: [] })
    expect((await group()).autoHealingPolicies).toEqual([])
  })
})

describe('chosen instances', () => {
  test('are deleted, and the group is smaller by them', async () => {
    await insertGroup({ targetSize: 3 })
    const [first, second, third] = namesOf(await managed())
    await act('deleteInstances', { instances: [vm(first!), vm(third!)] })
    expect(await group()).toMatchObject({ targetSize: 1, currentActions: { deleting: 2 } })
    await clock.advance(10 * seconds)
    expect(namesOf(await managed())).toEqual([second])
  })

  test('that are none of the group fail the call, unless they are to be skipped', async () => {
    await insertGroup()
    const [first] = namesOf(await managed())
    const instances = [vm(first!), vm('stranger')]
    const refused = await api.call('POST', `${zone}/instanceGroupManagers/np/deleteInstances`, { instances })
    expect([refused.status, reasonOf(refused)]).toEqual([400, 'invalid'])
    expect(await group()).toMatchObject({ targetSize: 2 })
    await act('deleteInstances', { instances, skipInstancesOnValidationError: true })
    await act('deleteInstances', { instances, skipInstancesOnValidationError: true })
    expect(await group()).toMatchObject({ targetSize: 1 })
    const elsewhere = await api.call('POST', `${zone}/instanceGroupManagers/np/deleteInstances`, {
      instances: [vm(first!, 'zones/us-central1-b')],
      skipInstancesOnValidationError: true,
    })
    expect(elsewhere.status).toBe(400)
  })

  test('are recreated under their names with other ids', async () => {
    await insertGroup()
    const before = await managed()
    await act('recreateInstances', { instances: [before[0]!.instance] })
    expect((await managed())[0]).toMatchObject({ currentAction: 'RECREATING', instanceStatus: 'STOPPING' })
    await clock.advance(10 * seconds)
    const after = await managed()
    expect(namesOf(after)).toEqual(namesOf(before))
    expect(after[0]!.id).not.toBe(before[0]!.id)
    expect(after[1]!.id).toBe(before[1]!.id)
  })

  test('are abandoned and live on', async () => {
    await insertGroup()
    const [first, second] = namesOf(await managed())
    await act('abandonInstances', { instances: [vm(first!)] })
    await clock.advance(10 * seconds)
    expect(namesOf(await managed())).toEqual([second])
    expect(await api.ok('GET', vm(first!))).toMatchObject({ status: 'RUNNING' })
  })

  test('are created under given names', async () => {
    await insertGroup()
    await act('createInstances', { instances: [{ name: 'mine' }] })
    await clock.advance(10 * seconds)
    expect(await group()).toMatchObject({ targetSize: 3 })
    expect(namesOf(await managed())).toContain('mine')
    const again = await api.call('POST', `${zone}/instanceGroupManagers/np/createInstances`, {
      instances: [{ name: 'mine' }],
    })
    expect(again.status).toBe(400)
  })

  test('are updated in place as far as is asked for', async () => {
    await insertGroup()
    await insertTemplate('t2', { metadata: { items: [{ key: 'user-data', value: 'new' }] } })
    await insertTemplate('t3', { machineType: 'e2-standard-4' })
    const before = await managed()
    await patch(to('t2'))
    await act('applyUpdatesToInstances', {
      instances: [before[0]!.instance],
      mostDisruptiveAllowedAction: 'REFRESH',
    })
    expect((await managed())[0]).toMatchObject({ currentAction: 'REFRESHING' })
    await clock.advance(seconds)
    expect(templatesOf(await managed())).toEqual(['t2', 't1'])
    await patch(to('t3'))
    await act('applyUpdatesToInstances', { allInstances: true, mostDisruptiveAllowedAction: 'REFRESH' })
    expect(templatesOf(await managed())).toEqual(['t2', 't1'])
    await act('applyUpdatesToInstances', { allInstances: true })
    expect((await managed())[0]).toMatchObject({ currentAction: 'RESTARTING' })
    await clock.advance(5 * seconds)
    const after = await managed()
    expect(templatesOf(after)).toEqual(['t3', 't3'])
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    const machine = await api.ok('GET', vm(after[0]!.name))
    expect(machine.machineType).toMatch(/e2-standard-4$/)
  })
})

describe('rolling', () => {
  test('is left to others by an opportunistic group; new instances are of the new version', async () => {
    await insertGroup()
    await insertTemplate('t2')
    await patch(to('t2'))
    await clock.advance(60 * seconds)
    expect(templatesOf(await managed())).toEqual(['t1', 't1'])
    expect(await group()).toMatchObject({ status: { isStable: true, versionTarget: { isReached: false } } })
    await act('resize?size=3', {})
    await clock.advance(10 * seconds)
    expect(templatesOf(await managed())).toEqual(['t1', 't1', 't2'])
    expect(reasonOf(await api.call('DELETE', 'global/instanceTemplates/t1'))).toBe('resourceInUseByAnotherResource')
  })

  test('surges, and never has fewer running than the size when nothing may be unavailable', async () => {
    await insertGroup({
      targetSize: 3,
      updatePolicy: { type: 'PROACTIVE', maxSurge: { fixed: 1 }, maxUnavailable: { fixed: 0 } },
    })
    await insertTemplate('t2')
    await patch(to('t2'))
    let most = 0
    let fewest = 99
    for (let step = 0; step < 200; step++) {
      // Step by step, to see all of it.
      // oxlint-disable-next-line no-await-in-loop
      await clock.advance(100)
      // oxlint-disable-next-line no-await-in-loop
      const members = await managed()
      most = Math.max(most, members.filter(({ currentAction }) => currentAction !== 'DELETING').length)
      fewest = Math.min(fewest, members.filter(({ currentAction }) => currentAction === 'NONE').length)
    }
    expect([fewest, most]).toEqual([3, 4])
    expect(templatesOf(await managed())).toEqual(['t2', 't2', 't2'])
    expect(await group()).toMatchObject({ status: { isStable: true, versionTarget: { isReached: true } } })
  })

  test('recreates under the same names where it is told to', async () => {
    await insertGroup({
      updatePolicy: {
        type: 'PROACTIVE',
        replacementMethod: 'RECREATE',
        maxSurge: { fixed: 0 },
        maxUnavailable: { fixed: 1 },
      },
    })
    await insertTemplate('t2', {
      disks: [
        {
          boot: true,
          initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12', diskSizeGb: '50' },
        },
      ],
    })
    const before = namesOf(await managed())
    await patch(to('t2'))
    await clock.advance(500)
    expect((await managed()).filter(({ currentAction }) => currentAction === 'RECREATING')).toHaveLength(1)
    await clock.advance(30 * seconds)
    expect(namesOf(await managed())).toEqual(before)
    expect(templatesOf(await managed())).toEqual(['t2', 't2'])
  })

  test('does nothing when more is needed than is allowed', async () => {
    await insertGroup({
      updatePolicy: { type: 'PROACTIVE', minimalAction: 'REFRESH', mostDisruptiveAllowedAction: 'RESTART' },
    })
    await insertTemplate('t2', { tags: { items: ['a'] }, canIpForward: true })
    await patch(to('t2'))
    await clock.advance(60 * seconds)
    expect(templatesOf(await managed())).toEqual(['t1', 't1'])
  })

  test('stalls within its surge when the new version does not come up, and moves on', async () => {
    await insertGroup({
      targetSize: 3,
      updatePolicy: { type: 'PROACTIVE', maxSurge: { fixed: 1 }, maxUnavailable: { fixed: 0 } },
    })
    await insertTemplate('broken', { disks: [{ boot: true, initializeParams: { sourceImage: 'global/images/none' } }] })
    await patch(to('broken'))
    await clock.advance(60 * seconds)
    expect(templatesOf(await managed())).toEqual(['t1', 't1', 't1', 'broken'])
    expect((await managed())[3]).toMatchObject({
      currentAction: 'CREATING',
      lastAttempt: {
        errors: {
          errors: [
            { code: 'RESOURCE_NOT_FOUND', message: "The resource 'projects/p1/global/images/none' was not found" },
          ],
        },
      },
    })
    expect((await api.ok('GET', `${zone}/instanceGroupManagers/np/listErrors`)).items![0]).toMatchObject({
      error: { code: 'RESOURCE_NOT_FOUND' },
      instanceActionDetails: { action: 'CREATING' },
    })
    await insertTemplate('t2')
    await patch(to('t2'))
    await clock.advance(120 * seconds)
    expect(templatesOf(await managed())).toEqual(['t2', 't2', 't2'])
  })

  test('keeps a canary at its size', async () => {
    await insertGroup({ targetSize: 4, updatePolicy: { type: 'PROACTIVE' } })
    await insertTemplate('t2')
    await patch({
      versions: [
        { instanceTemplate: 'global/instanceTemplates/t1' },
        { name: 'canary', instanceTemplate: 'global/instanceTemplates/t2', targetSize: { fixed: 1 } },
      ],
    })
    await clock.advance(60 * seconds)
    expect(sorted(templatesOf(await managed()))).toEqual(['t1', 't1', 't1', 't2'])
    expect(await group()).toMatchObject({
      versions: [{ targetSize: { calculated: 3 } }, { name: 'canary', targetSize: { fixed: 1, calculated: 1 } }],
      status: { versionTarget: { isReached: true } },
    })
  })

  const four = { targetSize: 4 }
  test.each([
    ['a surge smaller than the zones', { maxSurge: { fixed: 1 } }, four, 'maxSurge.fixed'],
    ['percentages of a small group', { maxSurge: { percent: 20 } }, four, 'percent'],
    [
      'neither surge nor unavailability',
      { maxSurge: { fixed: 0 }, maxUnavailable: { fixed: 0 } },
      four,
      'maxUnavailable',
    ],
    ['recreation with surge', { replacementMethod: 'RECREATE' }, four, 'maxSurge must be equal to 0'],
    [
      'redistribution in an uneven shape',
      {},
      { ...four, distributionPolicy: { targetShape: 'ANY' } },
      'instanceRedistributionType',
    ],
    [
      'a stateful group',
      { type: 'PROACTIVE', instanceRedistributionType: 'NONE' },
      { ...four, statefulPolicy: { preservedState: { disks: { data: { autoDelete: 'NEVER' } } } } },
      'stateful',
    ],
  ])('of a regional group with %s is refused', async (_, updatePolicy, body, message) => {
    const answer = await api.call('POST', `${region}/instanceGroupManagers`, {
      name: 'np',
      instanceTemplate: 'global/instanceTemplates/t1',
      updatePolicy,
      ...body,
    })
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'invalid'])
    expect(answer.body.error.message).toContain(message)
  })
})

describe('a regional group', () => {
  test('spreads over its zones, evenly', async () => {
    await insertGroup({ targetSize: 4 }, region)
    expect(zonesOf(await managed(region))).toEqual(['a', 'a', 'b', 'c'])
    expect(await group(region)).toMatchObject({
      region: `https://www.googleapis.com/compute/v1/projects/p1/${region}`,
      distributionPolicy: { targetShape: 'EVEN' },
      updatePolicy: { maxSurge: { fixed: 3 }, instanceRedistributionType: 'PROACTIVE' },
    })
    await act('resize?size=3', {}, region)
    await clock.advance(10 * seconds)
    expect(zonesOf(await managed(region))).toEqual(['a', 'b', 'c'])
  })

  test('evens out its zones by itself, unless told not to', async () => {
    await insertGroup({ targetSize: 6 }, region)
    const inA = (await managed(region)).filter(({ instance }) => instance.includes('us-central1-a'))
    const instances = inA.map(({ instance }) => instance)
    await act('deleteInstances', { instances }, region)
    await clock.advance(60 * seconds)
    expect(zonesOf(await managed(region))).toEqual(['a', 'b', 'c', 'c'])
    await api.ok('PATCH', `${region}/instanceGroupManagers/np`, {
      updatePolicy: { instanceRedistributionType: 'NONE' },
    })
    const [lone] = (await managed(region)).filter(({ instance }) => instance.includes('us-central1-a'))
    await act('deleteInstances', { instances: [lone!.instance] }, region)
    await clock.advance(60 * seconds)
    expect(zonesOf(await managed(region))).toEqual(['b', 'c', 'c'])
  })

  test('stays in the zones it was made for', async () => {
    const zones = [{ zone: 'zones/us-central1-b' }, { zone: 'zones/us-central1-f' }]
    await insertGroup({ distributionPolicy: { zones } }, region)
    expect(zonesOf(await managed(region))).toEqual(['b', 'f'])
    const answer = await api.call('PATCH', `${region}/instanceGroupManagers/np`, {
      distributionPolicy: { zones: zones.slice(1) },
    })
    expect(answer.status).toBe(400)
    const foreign = await api.call('POST', `${region}/instanceGroupManagers`, {
      name: 'other',
      targetSize: 0,
      instanceTemplate: 'global/instanceTemplates/t1',
      distributionPolicy: { zones: [{ zone: 'zones/europe-west1-b' }] },
    })
    expect(foreign.status).toBe(400)
  })

  test('of any shape goes where there is room', async () => {
    gcp.project().capacity.limit('e2-medium', 'us-central1-a', 0)
    await insertGroup(
      {
        targetSize: 3,
        distributionPolicy: { targetShape: 'ANY' },
        updatePolicy: { instanceRedistributionType: 'NONE' },
      },
      region,
    )
    await clock.advance(60 * seconds)
    expect(zonesOf(await managed(region))).not.toContain('a')
    expect((await managed(region)).every(({ instanceStatus }) => instanceStatus === 'RUNNING')).toBe(true)
  })

  test('with an autoscaler is not resized by others', async () => {
    await insertGroup({}, region)
    await api.ok('POST', `${region}/autoscalers`, {
      name: 'np',
      target: `${region}/instanceGroupManagers/np`,
      autoscalingPolicy: { minNumReplicas: 3, maxNumReplicas: 5 },
    })
    await clock.advance(10 * seconds)
    expect(await group(region)).toMatchObject({
      targetSize: 3,
      status: { autoscaler: `https://www.googleapis.com/compute/v1/projects/p1/${region}/autoscalers/np` },
    })
    const answer = await api.call('POST', `${region}/instanceGroupManagers/np/resize?size=1`)
    expect([answer.status, reasonOf(answer)]).toEqual([412, 'conditionNotMet'])
    gcp.project().autoscale(`${region}/instanceGroupManagers/np`, 9)
    await clock.advance(10 * seconds)
    expect(await managed(region)).toHaveLength(5)
  })
})

describe('trouble with VMs', () => {
  test('a stock-out is told, and overcome when there is capacity again', async () => {
    const { capacity } = gcp.project()
    capacity.limit('e2-medium', 'us-central1-a', 1)
    await insertGroup()
    const [, second] = await managed()
    expect(second).toMatchObject({
      currentAction: 'CREATING',
      lastAttempt: { errors: { errors: [{ code: 'ZONE_RESOURCE_POOL_EXHAUSTED' }] } },
    })
    expect(second).not.toHaveProperty('instanceStatus')
    expect(await group()).toMatchObject({ status: { isStable: false } })
    capacity.unlimit('e2-medium', 'us-central1-a')
    await clock.advance(60 * seconds)
    const [, healed] = await managed()
    expect(healed).toMatchObject({ instanceStatus: 'RUNNING', currentAction: 'NONE' })
    expect(healed).not.toHaveProperty('lastAttempt')
  })

  test('a quota is told with its metric and region', async () => {
    gcp.project().setQuota('CPUS', 3)
    await insertGroup()
    expect((await managed())[1]!.lastAttempt).toEqual({
      errors: {
        errors: [{ code: 'QUOTA_EXCEEDED', message: "Quota 'CPUS' exceeded.  Limit: 3.0 in region us-central1." }],
      },
    })
  })

  test.each(['preempt', 'fail', 'remove'] as const)('a VM lost by %s comes back under its name', async (how) => {
    await insertTemplate('spot', {
      scheduling: { provisioningModel: 'SPOT', onHostMaintenance: 'TERMINATE', automaticRestart: false },
    })
    await insertGroup({ versions: [{ instanceTemplate: 'global/instanceTemplates/spot' }] })
    const [before] = await managed()
    gcp.project()[how](vm(before!.name))
    await clock.advance(how === 'preempt' ? 31 * seconds : 1100)
    expect((await managed())[0]).toMatchObject({
      name: before!.name,
      currentAction: 'RECREATING',
    })
    await clock.advance(60 * seconds)
    const [after] = await managed()
    expect(after).toMatchObject({ name: before!.name, instanceStatus: 'RUNNING', currentAction: 'NONE' })
    expect(after!.id).not.toBe(before!.id)
  })

  test('a lost VM stays lost where the group is told to do nothing', async () => {
    await insertGroup({ instanceLifecyclePolicy: { defaultActionOnFailure: 'DO_NOTHING' } })
    const [first] = await managed()
    gcp.project().fail(vm(first!.name))
    await clock.advance(60 * seconds)
    expect((await managed())[0]).toMatchObject({ currentAction: 'NONE', instanceStatus: 'TERMINATED' })
  })

  test('a repaired VM keeps its version, unless the repair is to update it', async () => {
    await insertGroup()
    await insertTemplate('t2')
    await patch({ versions: [{ instanceTemplate: 'global/instanceTemplates/t2' }] })
    const [first, second] = await managed()
    gcp.project().fail(vm(first!.name))
    await clock.advance(30 * seconds)
    await patch({ instanceLifecyclePolicy: { forceUpdateOnRepair: 'YES' } })
    gcp.project().fail(vm(second!.name))
    await clock.advance(30 * seconds)
    expect(templatesOf(await managed())).toEqual(['t1', 't2'])
  })

  test('an unhealthy VM is made again, after its initial delay', async () => {
    await api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP', tcpHealthCheck: { port: 80 } })
    await clock.advance(seconds)
    await api.ok('POST', `${zone}/instanceGroupManagers`, {
      name: 'np',
      targetSize: 1,
      instanceTemplate: 'global/instanceTemplates/t1',
      autoHealingPolicies: [{ healthCheck: 'global/healthChecks/alive', initialDelaySec: 60 }],
    })
    await clock.advance(1500)
    const [young] = await managed()
    expect(young).toMatchObject({ currentAction: 'VERIFYING', instanceHealth: [{ detailedHealthState: 'UNKNOWN' }] })
    await clock.advance(10 * seconds)
    const [grown] = await managed()
    expect(grown).toMatchObject({ currentAction: 'NONE', instanceHealth: [{ detailedHealthState: 'HEALTHY' }] })
    gcp.project().setHealth(vm(grown!.name), 'UNHEALTHY')
    await clock.advance(30 * seconds)
    const [healed] = await managed()
    expect(healed).toMatchObject({ name: grown!.name, currentAction: 'NONE' })
    expect(healed!.id).not.toBe(grown!.id)
  })

  test('a VM deleted through the API of instances comes back too', async () => {
    await insertGroup()
    const [first] = await managed()
    const operation = await api.ok('DELETE', vm(first!.name))
    expect(operation).toMatchObject({ operationType: 'delete', targetId: first!.id })
    await clock.advance(30 * seconds)
    expect(await api.ok('GET', `${zone}/operations/${operation.name}`)).toMatchObject({ status: 'DONE' })
    expect(await managed()).toHaveLength(2)
  })
})

describe('projects', () => {
  test('know nothing of each other', async () => {
    await insertGroup()
    const other = createGcpRest(gcp.url, 'p2')
    expect((await other.ok('GET', `${zone}/instanceGroupManagers`)).items).toBeUndefined()
  })

  test('write links where they are told to', async () => {
    await restart({ linkOrigin: 'https://compute.example.cloud' })
    await insertGroup()
    expect((await managed())[0]!.instance).toMatch(
      /^https:\/\/compute\.example\.cloud\/compute\/v1\/projects\/p1\/zones\//,
    )
  })
})
