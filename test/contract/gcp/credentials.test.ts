import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Sensitive, type Io, type PoolRef } from '@machinepool/contract'
import { createManualClock, createRecordingIo } from '@machinepool/contract/testing'
import {
  createGcpProvider,
  type GCPMachinePoolSpec,
  type GcpProvider,
  type GcpProviderOptions,
} from '@machinepool/provider-gcp'
import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { drivenClock } from '../../conformance/gcp-harness.ts'

let gcp: GcpSimulator
let folder: string
let provider: GcpProvider | undefined
let seen: string | undefined

beforeEach(async () => {
  gcp = await createGcpSimulator({ project: 'p1', requireToken: true })
  folder = mkdtempSync(join(tmpdir(), 'credentials-'))
  answerTokens()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  nock.cleanAll()
  nock.enableNetConnect()
  await provider?.close()
  provider = undefined
  await gcp.close()
  rmSync(folder, { recursive: true })
})

const oauth = 'https://oauth2.googleapis.com'
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** Google's token endpoints, each with a token of its own, as far as it is given what it needs. */
function answerTokens(): void {
  nock.disableNetConnect()
  nock.enableNetConnect('127.0.0.1')
  nock(oauth)
    .persist()
    .post('/token', (body: unknown) => grantOf(body).includes('jwt-bearer'))
    .reply(200, { access_token: 'of-pools', expires_in: 3_600, token_type: 'Bearer' })
  nock(oauth)
    .persist()
    .post('/token', (body: unknown) => grantOf(body) === 'refresh_token')
    .reply(200, { access_token: 'of-user', expires_in: 3_600, token_type: 'Bearer' })
  nock('https://sts.googleapis.com')
    .persist()
    .post('/v1/token', (body: unknown) => JSON.stringify(body).includes('a.b.c'))
    .reply(200, {
      access_token: 'of-subject',
      expires_in: 3_600,
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
  for (const [name, source] of impersonations) {
    nock('https://iamcredentials.googleapis.com', { reqheaders: { authorization: `Bearer ${source}` } })
      .persist()
      .post(`/v1/projects/-/serviceAccounts/${email(name)}:generateAccessToken`)
      .reply(200, { accessToken: `of-${name}`, expireTime: inAnHour() })
  }
}

/** Whom a token may speak for, and whose it has to be. */
const impersonations = [
  ['workload', 'of-subject'],
  ['target', 'of-user'],
  ['acting', 'of-user'],
  ['deputy', 'of-pools'],
] as const

function grantOf(body: unknown): string {
  return new URLSearchParams(typeof body === 'string' ? body : (body as Record<string, string>)).get('grant_type') ?? ''
}

const pool: PoolRef<GCPMachinePoolSpec> = {
  key: { namespace: 'default', name: 'np' },
  cluster: {
    namespace: 'default',
    name: 'c1',
    infrastructure: { spec: { project: 'p1', region: 'us-central1' } },
  },
  managementId: 'm1',
  spec: { instanceType: 'n2-standard-2', ipForwarding: 'Enabled', zones: ['us-central1-a'] },
  annotations: {},
  replicas: 1,
  failureDomains: [],
  recorded: {},
  adopt: false,
  externallyScaled: false,
  operations: [],
}

const withSecret: PoolRef<GCPMachinePoolSpec> = {
  ...pool,
  cluster: {
    ...pool.cluster,
    infrastructure: {
      spec: { project: 'p1', region: 'us-central1', credentialsRef: { namespace: 'default', name: 'gcp' } },
    },
  },
}

function io(secret?: object): Io {
  const recording = createRecordingIo({ clock: drivenClock(createManualClock()) })
  if (secret === undefined) return recording
  return { ...recording, secret: () => Promise.resolve({ credentials: new Sensitive(JSON.stringify(secret)) }) }
}

/** The token that Compute Engine saw. */
async function token(options: GcpProviderOptions, secret?: object): Promise<string | undefined> {
  provider ??= createGcpProvider({
    endpoint: gcp.url,
    fetch(url, init) {
      seen = new Headers(init.headers).get('authorization')?.replace('Bearer ', '')
      return fetch(url, init)
    },
    ...options,
  })
  await provider.machinePool.observe(secret === undefined ? pool : withSecret, io(secret))
  return seen
}

const email = (name: string) => `${name}@p1.iam.gserviceaccount.com`
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const serviceAccount = {
  type: 'service_account',
  project_id: 'p1',
  private_key_id: 'key',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: email('pools'),
  client_id: '1',
  token_uri: 'https://oauth2.googleapis.com/token',
  universe_domain: 'googleapis.com',
}
const user = { type: 'authorized_user', client_id: 'id', client_secret: 'secret', refresh_token: 'token' }
const impersonation = (name: string) =>
  `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email(name)}:generateAccessToken`

function federated(): object {
  const subject = join(folder, 'subject')
  writeFileSync(subject, 'a.b.c')
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    credential_source: { file: subject },
    service_account_impersonation_url: impersonation('workload'),
  }
}
const impersonated = {
  type: 'impersonated_service_account',
  service_account_impersonation_url: impersonation('target'),
  source_credentials: user,
  delegates: [],
}

const files: readonly (readonly [type: string, file: () => object, token: string])[] = [
  ['service_account', () => serviceAccount, 'of-pools'],
  ['authorized_user', () => user, 'of-user'],
  ['external_account (workload identity federation)', federated, 'of-workload'],
  ['impersonated_service_account', () => impersonated, 'of-target'],
]

describe('credentials of a cluster', () => {
  test.each(files)('of type %s are used as the Secret has them', async (_type, file, who) => {
    expect(await token({}, file())).toBe(who)
  })

  test('are not those of the process', async () => {
    const authorization = { getRequestHeaders: () => Promise.resolve(new Headers({ authorization: 'Bearer own' })) }
    expect(await token({ authorization }, serviceAccount)).toBe('of-pools')
  })

  test('take effect when they change', async () => {
    expect(await token({}, serviceAccount)).toBe('of-pools')
    expect(await token({}, user)).toBe('of-user')
  })

  test('that the token endpoint does not take are wrong, and say whose word it is', async () => {
    nock.cleanAll()
    nock(oauth)
      .post('/token')
      .reply(400, { error: 'invalid_grant', error_description: 'Invalid grant: account not found' })
    await expect(token({}, serviceAccount)).rejects.toMatchObject({
      code: 'Unauthenticated',
      message: expect.stringContaining('invalid_grant') as string,
    })
    answerTokens()
    expect(await token({}, serviceAccount)).toBe('of-pools')
  })

  test('act as another account when the process is told to', async () => {
    expect(await token({ impersonate: email('deputy') }, serviceAccount)).toBe('of-deputy')
  })
})

describe('application default credentials', () => {
  test.each(files)('from a file of type %s', async (_type, file, who) => {
    const path = join(folder, 'adc.json')
    writeFileSync(path, JSON.stringify(file()))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path)
    expect(await token({})).toBe(who)
  })

  test('from the metadata server, as on GKE with workload identity', async () => {
    const { server, paths } = await metadataServer('ya29.metadata')
    vi.stubEnv('HOME', folder)
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '')
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${(server.address() as AddressInfo).port}`)
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
    expect(await token({})).toBe('ya29.metadata')
    server.close()
    expect(paths.filter((path) => path.includes('/token'))).toHaveLength(1)
    expect(gcp.calls.list('instanceGroupManagers.aggregatedList')).toHaveLength(1)
  })

  test('act as another account', async () => {
    const path = join(folder, 'adc.json')
    writeFileSync(path, JSON.stringify(user))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path)
    expect(await token({ impersonate: email('acting') })).toBe('of-acting')
  })

  test('that are nowhere are missing credentials, and no defect', async () => {
    vi.stubEnv('HOME', folder)
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'absent.json'))
    await expect(token({})).rejects.toMatchObject({ code: 'Unauthenticated' })
  })

  test('that were taken back are asked for anew', async () => {
    const path = join(folder, 'adc.json')
    writeFileSync(path, JSON.stringify(user))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path)
    expect(await token({})).toBe('of-user')
    gcp.tokens.reject('of-user')
    await expect(token({})).rejects.toMatchObject({ code: 'Unauthenticated' })
    // A rotated file beside it takes effect as well.
    writeFileSync(path, JSON.stringify(serviceAccount))
    expect(await token({})).toBe('of-pools')
  })
})

/** https://cloud.google.com/compute/docs/metadata/overview */
async function metadataServer(accessToken: string): Promise<{ readonly server: Server; readonly paths: string[] }> {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.setHeader('metadata-flavor', 'Google')
    if (request.url?.includes('/token') === true) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access_token: accessToken, expires_in: 3_599, token_type: 'Bearer' }))
      return
    }
    response.end(request.url?.includes('universe') === true ? 'googleapis.com' : 'default')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, paths }
}
