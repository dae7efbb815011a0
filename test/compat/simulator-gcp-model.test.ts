import { existsSync, readFileSync } from 'node:fs'

import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { beforeAll, describe, expect, test } from 'vitest'

import { createGcpRest, templateBody, type GcpRest, type GcpBody, type Witness } from '../e2e/gcp-rest.ts'
import {
  computeModelFile,
  departures,
  findMethod,
  methodOf,
  readComputeModel,
  type ComputeMethod,
  type ComputeModel,
} from './compute-model.ts'
import { recordedBodies } from './compute-recordings.ts'

const present = existsSync(computeModelFile)

test('the discovery document is there to compare with, or this is not CI', async ({ annotate }) => {
  if (!present) await annotate(`${computeModelFile.pathname} is missing: the simulated Compute Engine was not compared`)
  expect(present || process.env['CI'] !== 'true', `${computeModelFile.pathname} is missing`).toBe(true)
})

interface OwnMethod {
  readonly verb: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly request?: string
  readonly response?: string
}

const own = JSON.parse(
  readFileSync(new URL('../../packages/simulator/src/gcp/compute.model.json', import.meta.url), 'utf8'),
) as {
  readonly methods: Readonly<Record<string, OwnMethod>>
  readonly schemas: Readonly<Record<string, { properties?: object }>>
}

describe.each(present ? [['the published API']] : [])('the simulated Compute Engine and %s', () => {
  const model = present ? readComputeModel() : { resources: {}, schemas: {} }

  test('have the same methods and bodies', () => {
    expect(Object.keys(own.methods).length).toBeGreaterThan(80)
    for (const [id, { verb, path, query = {}, request, response }] of Object.entries(own.methods)) {
      const method = methodOf(model, id)!
      const parameters = Object.entries(method.parameters ?? {}).filter(([, { location }]) => location === 'query')
      expect({ id, verb, path, query, request, response }).toEqual({
        id,
        verb: method.httpMethod,
        path: method.path,
        query: Object.fromEntries(parameters.map(([name, { type }]) => [name, type])),
        request: method.request?.$ref,
        response: method.response?.$ref,
      })
    }
    for (const [name, { properties = {} }] of Object.entries(own.schemas)) {
      expect([name, Object.keys(properties)]).toEqual([name, Object.keys(model.schemas[name]?.properties ?? {})])
    }
  })

  let exchanges: readonly LivedExchange[] = []
  beforeAll(async () => {
    exchanges = await lifeOfGroups(model)
  })

  test('take and answer alike, through the life of groups', () => {
    const found = exchanges.flatMap(({ id, method, body, answer }) => [
      ...(method.request && body !== undefined ? departures(model, method.request, body, `${id} request`) : []),
      ...departures(model, method.response!, answer, id),
    ])
    expect(found).toEqual([])
    // Every method there is has shown what it answers.
    const seen = new Set(exchanges.map(({ id }) => id))
    expect(Object.keys(own.methods).filter((id) => !seen.has(id))).toEqual([])
  })

  test('show what real answers show', () => {
    const shown = new Map<string, Set<string>>()
    for (const { method, answer } of exchanges) collect(model, method.response!.$ref, answer, shown)
    const recorded = new Map<string, Set<string>>()
    for (const { schema, body } of recordedBodies(model)) collect(model, schema, body, recorded)
    const absent = compared.flatMap((schema) =>
      [...(recorded.get(schema) ?? [])]
        .filter((name) => !shown.get(schema)?.has(name))
        .map((name) => `${schema}.${name}`),
    )
    expect(compared.filter((schema) => !recorded.has(schema))).toEqual([])
    expect(absent.toSorted()).toEqual(notShown)
  })

  test('agree with what was recorded', () => {
    const recorded = recordedBodies(model)
    expect(recorded.length).toBeGreaterThan(40)
    // Beta and bygone fields, an edited id, and placeholders of the recordings' authors.
    const known = /minReadySec|serviceAccount|pendingActions|isStateful|\.id is \d|\$\{/
    const odd = recorded.flatMap(({ file, schema, body }) =>
      departures(model, { $ref: schema }, body, file).filter((line) => !known.test(line)),
    )
    expect(odd).toEqual([])
  })
})

/** What the answers consist of that a pool is made of. */
const compared = [
  'InstanceGroupManager',
  'InstanceGroupManagerStatus',
  'InstanceGroupManagerUpdatePolicy',
  'InstanceGroupManagerActionsSummary',
  'ManagedInstance',
  'Operation',
  'InstanceTemplate',
  'Instance',
  'NetworkInterface',
  'Autoscaler',
]

/** Errors of an autoscaler, which the simulated ones do not have, and two beta fields. */
const notShown = [
  'Autoscaler.statusDetails',
  'InstanceGroupManager.serviceAccount',
  'InstanceGroupManagerUpdatePolicy.minReadySec',
]

/** The names of the members that objects of each schema have in an answer. */
function collect(model: ComputeModel, schema: string, value: unknown, into: Map<string, Set<string>>) {
  const { properties = {}, additionalProperties } = model.schemas[schema] ?? {}
  const names = into.get(schema) ?? new Set()
  into.set(schema, names)
  for (const [name, member] of Object.entries(value as object)) {
    names.add(name)
    const { $ref, items } = properties[name] ?? additionalProperties ?? {}
    const target = $ref ?? items?.$ref
    if (target === undefined) {
      const inner = properties[name]?.additionalProperties?.$ref
      if (inner !== undefined) for (const one of Object.values(member as object)) collect(model, inner, one, into)
    } else for (const one of items ? (member as unknown[]) : [member]) collect(model, target, one, into)
  }
}

interface LivedExchange {
  readonly id: string
  readonly method: ComputeMethod
  readonly body: unknown
  readonly answer: GcpBody
}

async function lifeOfGroups(model: ComputeModel): Promise<LivedExchange[]> {
  const clock = createManualClock()
  const gcp = await createGcpSimulator({ clock, project: 'p1' })
  const exchanges: LivedExchange[] = []
  const witness: Witness = (verb, path, body, { body: answer }) => {
    const [id, method] = findMethod(model, verb, `projects/p1/${path.split('?')[0]}`.replace(/\/$/, ''))!
    exchanges.push({ id, method, body, answer })
  }
  try {
    await live(createGcpRest(gcp.url, 'p1', witness), gcp, clock)
  } finally {
    await gcp.close()
  }
  return exchanges
}

const zone = 'zones/us-central1-a'
const region = 'regions/us-central1'

/** Calls every method while there is something of every kind to show. */
async function live(api: GcpRest, gcp: GcpSimulator, clock: ManualClock) {
  const scheduling = { provisioningModel: 'SPOT', onHostMaintenance: 'TERMINATE', automaticRestart: false }
  const metadata = { items: [{ key: 'user-data', value: '#cloud-config' }] }
  const labels = { a: 'b' }
  const tags = { items: ['a'] }
  const serviceAccounts = [{ email: 'default', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }]
  const networkInterfaces = [
    { network: 'global/networks/default', accessConfigs: [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT' }] },
  ]
  const properties = { scheduling, metadata, labels, tags, serviceAccounts, networkInterfaces, canIpForward: true }
  await api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP', tcpHealthCheck: { port: 80 } })
  for (const scope of ['global', region]) {
    // oxlint-disable-next-line no-await-in-loop
    for (const name of ['t1', 't2']) await api.ok('POST', `${scope}/instanceTemplates`, templateBody(name, properties))
  }
  await clock.advance(1000)
  for (const scope of [zone, region]) {
    // The two kinds of groups, one after the other.
    // oxlint-disable-next-line no-await-in-loop
    await liveGroup(api, gcp, clock, scope)
  }
  await catalogue(api)
  gcp.faults.add({
    operation: 'instanceTemplates.insert',
    error: { reason: 'RESOURCE_NOT_FOUND' },
    phase: 'operation',
    times: 1,
  })
  const failing = await api.ok('POST', 'global/instanceTemplates', templateBody('t3'))
  await clock.advance(1000)
  await api.ok('GET', `global/operations/${failing.name}`)
  await api.ok('DELETE', 'global/healthChecks/alive')
  for (const scope of ['global', region]) {
    // oxlint-disable-next-line no-await-in-loop
    await api.ok('DELETE', `${scope}/instanceTemplates/t2`)
  }
}

async function liveGroup(api: GcpRest, gcp: GcpSimulator, clock: ManualClock, scope: string) {
  const group = `${scope}/instanceGroupManagers/np`
  const post = (method: string, body: object = {}) => api.ok('POST', `${group}/${method}`, body)
  await api.ok('POST', `${scope}/instanceGroupManagers`, {
    name: 'np',
    description: 'a pool',
    targetSize: 4,
    versions: [{ name: 'v1', instanceTemplate: 'global/instanceTemplates/t1' }],
    autoHealingPolicies: [{ healthCheck: 'global/healthChecks/alive', initialDelaySec: 30 }],
    namedPorts: [{ name: 'http', port: 80 }],
    updatePolicy: { type: 'OPPORTUNISTIC', minimalAction: 'REPLACE', mostDisruptiveAllowedAction: 'REPLACE' },
    listManagedInstancesResults: 'PAGINATED',
  })
  await clock.advance(10_000)
  const shown = await api.ok('GET', group)
  await api.ok('PATCH', group, {
    fingerprint: shown.fingerprint,
    instanceLifecyclePolicy: { forceUpdateOnRepair: 'YES' },
  })
  const listed = await post('listManagedInstances')
  const links = listed.managedInstances!.map(({ instance }) => instance)
  await post('deleteInstances', { instances: [links[0]] })
  await post('recreateInstances', { instances: [links[1]] })
  await post('abandonInstances', { instances: [links[2]] })
  await post('createInstances', { instances: [{ name: `${scope.split('/')[0]}-mine` }] })
  await post('setInstanceTemplate', { instanceTemplate: 'global/instanceTemplates/t2' })
  await post('applyUpdatesToInstances', { instances: [links[3]], minimalAction: 'REPLACE' })
  await post('setTargetPools', { targetPools: [] })
  await post('listPerInstanceConfigs')
  for (const name of ['us-central1-a', 'us-central1-b', 'us-central1-c']) gcp.project().capacity.limit('*', name, 0)
  await post('resize?size=5')
  await clock.advance(700)
  // Something of every action and error.
  await post('listManagedInstances')
  for (const name of ['us-central1-a', 'us-central1-b', 'us-central1-c']) gcp.project().capacity.unlimit('*', name)
  await api.ok('GET', `${group}/listErrors`)
  await api.ok('GET', `${scope}/instanceGroupManagers`)
  await api.ok('GET', 'aggregated/instanceGroupManagers?includeAllScopes=true')
  await api.ok('GET', `${scope}/instanceGroups`)
  await api.ok('GET', 'aggregated/instanceGroups')
  await api.ok('GET', `${scope}/instanceGroups/np`)
  await api.ok('POST', `${scope}/instanceGroups/np/listInstances`, {})
  await api.ok('POST', `${scope}/instanceGroups/np/setNamedPorts`, { namedPorts: [{ name: 'http', port: 80 }] })
  await api.ok('POST', `${scope}/autoscalers`, { name: 'np', target: group, autoscalingPolicy: { maxNumReplicas: 4 } })
  await clock.advance(1000)
  for (const path of ['autoscalers', 'autoscalers/np']) {
    // oxlint-disable-next-line no-await-in-loop
    await api.ok('GET', `${scope}/${path}`)
  }
  await api.ok('GET', 'aggregated/autoscalers')
  await api.ok('GET', group)
  await api.ok('DELETE', `${scope}/autoscalers/np`)
  await clock.advance(60_000)
  await instances(api)
  const operation = await api.ok('DELETE', group)
  await clock.advance(10_000)
  await api.ok('GET', `${scope}/operations`)
  await api.ok('GET', `${scope}/operations/${operation.name}`)
  await api.ok('POST', `${scope}/operations/${operation.name}/wait`)
}

async function instances(api: GcpRest) {
  const { items } = await api.ok('GET', `${zone}/instances`)
  await api.ok('GET', 'aggregated/instances')
  const path = `${zone}/instances/${items![0]!.name}`
  await api.ok('GET', path)
  await api.ok('GET', `${path}/serialPort`)
  await api.ok('DELETE', path)
}

async function catalogue(api: GcpRest) {
  await api.ok('GET', 'aggregated/operations')
  const { items } = await api.ok('GET', 'global/operations')
  const path = `global/operations/${items![0]!.name}`
  await api.ok('GET', path)
  await api.ok('POST', `${path}/wait`)
  const paths = [
    '',
    'zones',
    zone,
    'regions',
    region,
    `${zone}/machineTypes?maxResults=20`,
    `${zone}/machineTypes/n2-standard-4`,
    'aggregated/machineTypes?maxResults=20',
    'global/images',
    'global/images/family/capi-ubuntu-1804-k8s-1-31',
    'global/images/cluster-api-ubuntu-1804-v1-31-0',
    'global/networks',
    'global/networks/default',
    `${region}/subnetworks`,
    `${region}/subnetworks/default`,
    'aggregated/subnetworks',
    'global/healthChecks',
    'global/healthChecks/alive',
    'global/instanceTemplates',
    'global/instanceTemplates/t1',
    `${region}/instanceTemplates`,
    `${region}/instanceTemplates/t1`,
    'aggregated/instanceTemplates',
  ]
  // oxlint-disable-next-line no-await-in-loop
  for (const one of paths) await api.ok('GET', one)
}
