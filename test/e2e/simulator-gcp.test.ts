import { generateKeyPairSync } from 'node:crypto'

import type { protos } from '@google-cloud/compute'
import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { ExternalAccountClient, JWT, OAuth2Client, PassThroughClient, type AuthClient } from 'google-auth-library'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { createGcpClients } from './gcp-clients.ts'
import { templateBody } from './gcp-rest.ts'

const project = 'p1'
const zone = 'us-central1-a'
const region = 'us-central1'
let gcp: GcpSimulator
let clients: ReturnType<typeof createGcpClients>

const quick = { operation: 15, reaction: 5, launch: 10, shutdown: 10, healthCheck: 5 }

function bearer(token: string): AuthClient {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 })
  return client
}

beforeEach(async () => {
  gcp = await createGcpSimulator({ project, timings: quick })
  clients = createGcpClients(gcp.url, project, bearer('ya29.mine'))
})

afterEach(async () => {
  await clients.close()
  await gcp.close()
})

type Started = { readonly latestResponse?: protos.google.cloud.compute.v1.IOperation }

function operationName([started]: readonly unknown[]): string {
  return (started as Started).latestResponse!.name!
}

async function insertTemplate(name: string) {
  const operation = operationName(
    await clients.templates.insert({ project, instanceTemplateResource: templateBody(name) as object }),
  )
  const [done] = await clients.globalOperations.wait({ project, operation })
  expect(done.status).toBe('DONE')
}

const template = (name: string) => `projects/${project}/global/instanceTemplates/${name}`

async function insertGroup(targetSize: number) {
  const operation = operationName(
    await clients.groups.insert({
      project,
      zone,
      instanceGroupManagerResource: {
        name: 'np',
        baseInstanceName: 'np',
        targetSize,
        versions: [{ instanceTemplate: template('t1') }],
        updatePolicy: { type: 'OPPORTUNISTIC', maxSurge: { fixed: 1 }, maxUnavailable: { fixed: 0 } },
      },
    }),
  )
  const [done] = await clients.zoneOperations.wait({ project, zone, operation })
  expect([done.status, done.error]).toEqual(['DONE', undefined])
}

async function managed() {
  const members = []
  const pages = clients.groups.listManagedInstancesAsync({ project, zone, instanceGroupManager: 'np' })
  for await (const member of pages) members.push(member)
  return members
}

async function running(count: number) {
  return eventually(async () => {
    const members = await managed()
    expect(members.map(({ instanceStatus, currentAction }) => [instanceStatus, currentAction])).toEqual(
      Array.from({ length: count }, () => ['RUNNING', 'NONE']),
    )
    return members
  })
}

test('@google-cloud/compute runs the life of a zonal group', async () => {
  await insertTemplate('t1')
  await insertGroup(2)
  const [first] = await running(2)
  expect(first).toMatchObject({
    id: expect.stringMatching(/^\d{19}$/) as string,
    version: { instanceTemplate: `https://www.googleapis.com/compute/v1/${template('t1')}` },
  })

  await insertTemplate('t2')
  const group = { project, zone, instanceGroupManager: 'np' }
  const [before] = await clients.groups.get(group)
  const versions = [{ instanceTemplate: template('t2') }]
  const patch = { fingerprint: before.fingerprint!, versions }
  await clients.groups.patch({ ...group, instanceGroupManagerResource: patch })
  await expect(clients.groups.patch({ ...group, instanceGroupManagerResource: patch })).rejects.toMatchObject({
    httpStatusCode: 412,
  })

  await clients.groups.resize({ ...group, size: 3 })
  const grown = await running(3)
  expect(grown.map(({ version }) => version!.instanceTemplate!.slice(-2))).toEqual(['t1', 't1', 't2'])

  await clients.groups.deleteInstances({
    ...group,
    instanceGroupManagersDeleteInstancesRequestResource: {
      instances: [first!.instance!],
      skipInstancesOnValidationError: true,
    },
  })
  await running(2)
  const [vm] = await clients.instances.get({ project, zone, instance: grown[2]!.name! })
  expect(vm).toMatchObject({ status: 'RUNNING', id: grown[2]!.id! })

  await expect(clients.templates.delete({ project, instanceTemplate: 't2' })).rejects.toThrow(
    'is already being used by',
  )
  const operation = operationName(await clients.groups.delete(group))
  await clients.zoneOperations.wait({ project, zone, operation })
  await expect(clients.groups.get(group)).rejects.toMatchObject({ httpStatusCode: 404 })
  await clients.templates.delete({ project, instanceTemplate: 't2' })
})

test('@google-cloud/compute runs a regional group', async () => {
  await insertTemplate('t1')
  const group = { project, region, instanceGroupManager: 'np' }
  const operation = operationName(
    await clients.regionGroups.insert({
      project,
      region,
      instanceGroupManagerResource: {
        name: 'np',
        targetSize: 3,
        versions: [{ instanceTemplate: template('t1') }],
        distributionPolicy: { zones: ['a', 'b', 'f'].map((letter) => ({ zone: `zones/${region}-${letter}` })) },
        updatePolicy: { instanceRedistributionType: 'NONE' },
      },
    }),
  )
  await clients.regionOperations.wait({ project, region, operation })
  const [shown] = await clients.regionGroups.get(group)
  expect(shown.distributionPolicy!.zones!.map(({ zone: link }) => link!.slice(-1))).toEqual(['a', 'b', 'f'])
  const scopes = []
  for await (const [scope, { instanceGroupManagers = [] }] of clients.groups.aggregatedListAsync({ project })) {
    if (instanceGroupManagers!.length > 0) scopes.push(scope)
  }
  expect(scopes).toEqual([`regions/${region}`])
})

test('what a client asks for is written down', async () => {
  await insertTemplate('t1')
  await insertGroup(0)
  expect(gcp.calls.counts()).toEqual({
    'instanceTemplates.insert': 1,
    'globalOperations.wait': 1,
    'instanceGroupManagers.insert': 1,
    'zoneOperations.wait': 1,
  })
  expect(gcp.calls.list('instanceGroupManagers.*')[0]).toMatchObject({
    project,
    scope: `zones/${zone}`,
    status: 200,
    body: { name: 'np', targetSize: 0 },
  })
})

test('tokens are taken, expired and refused', async () => {
  await expect(clients.groups.list({ project, zone })).resolves.toBeDefined()
  gcp.tokens.expire('ya29.mine')
  await expect(clients.groups.list({ project, zone })).rejects.toMatchObject({ httpStatusCode: 401 })
  gcp.tokens.accept()
  await expect(clients.groups.list({ project, zone })).resolves.toBeDefined()
})

test('calls without a token are refused where they are to be', async () => {
  const strict = await createGcpSimulator({ requireToken: true })
  const anonymous = createGcpClients(strict.url, project, new PassThroughClient())
  await expect(anonymous.groups.list({ project, zone })).rejects.toMatchObject({ httpStatusCode: 401 })
  await anonymous.close()
  await strict.close()
})

test('a service account key gets its tokens here', async () => {
  const email = 'pools@p1.iam.gserviceaccount.com'
  const { privateKey: key } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  // The library asks Google's own token endpoint, whatever the key file says in `token_uri`.
  const fetchImplementation: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    return fetch(url.replace('https://oauth2.googleapis.com', gcp.url), init)
  }
  const scopes = ['https://www.googleapis.com/auth/cloud-platform']
  const own = createGcpClients(
    gcp.url,
    project,
    new JWT({ email, key, scopes, transporterOptions: { fetchImplementation } }),
  )
  await own.groups.list({ project, zone })
  expect(gcp.calls.list('instanceGroupManagers.list')[0]).toMatchObject({ principal: email })
  await own.close()
})

test('a federated identity gets its tokens here, and speaks for a service account', async () => {
  const email = 'pools@p1.iam.gserviceaccount.com'
  const account = ExternalAccountClient.fromJSON({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token_supplier: { getSubjectToken: () => Promise.resolve('a.b.c') },
    token_url: `${gcp.url}/v1/token`,
    service_account_impersonation_url: `${gcp.url}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
  })
  const own = createGcpClients(gcp.url, project, account!)
  await own.groups.list({ project, zone })
  expect(gcp.calls.list('instanceGroupManagers.list')[0]).toMatchObject({ principal: email })
  await own.close()
})
