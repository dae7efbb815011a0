import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'

import {
  clusterKind,
  kubeadmConfigKind,
  machineKind,
  machinePoolKind,
  toCustomResourceDefinition,
} from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { awsKinds } from '@machinepool/provider-aws'
import { createWebhookServer, runManagerProgram, type ManagerProgram } from '@machinepool/runtime'
import { createManualClock } from '@machinepool/runtime/testing'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { createTestCertificate, type TestCertificate } from './test-certificate.ts'

let folder: string
let server: ApiServer
let certificate: TestCertificate

async function writeCertificate({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), cert)
  await writeFile(join(folder, 'tls.key'), key)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webhooks-'))
  // A Service name, as an API server asks for it.
  certificate = await createTestCertificate({ names: ['webhook.capi-system.svc'] })
  await writeCertificate(certificate)
  const kinds = [clusterKind, kubeadmConfigKind, machineKind, machinePoolKind, ...awsKinds]
  server = await createApiServer({ crds: kinds.map((kind) => toCustomResourceDefinition(kind)) })
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig())
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** Calls a webhook as a kube-apiserver does: POST of JSON over TLS, verified for the Service's name. */
type Call = (path: string, review: object) => Promise<Record<string, unknown>>

function caller(port: number): Call {
  const agent = new Agent({ connect: { ca: certificate.cert, servername: 'webhook.capi-system.svc' } })
  closing.push(() => agent.close())
  return async (path, review) => {
    const { statusCode, body } = await request(`https://127.0.0.1:${port}${path}?timeout=10s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(review),
      dispatcher: agent,
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path}: HTTP ${statusCode} ${text}`)
    return (JSON.parse(text) as { response: Record<string, unknown> }).response
  }
}

/** Runs a manager with its webhooks until the test ends. */
async function run(program: ManagerProgram): Promise<Call> {
  const port = await freePort()
  const stop = new AbortController()
  let said = ''
  const ended = runManagerProgram(program, {
    args: [
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      `--webhook-port=${port}`,
      `--webhook-cert-dir=${folder}`,
      '--tls-min-version=VersionTLS13',
      '--diagnostics-address=0',
      '--health-addr=0',
      '--feature-gates=MachinePool=true',
    ].filter((argument) => program.featureGates['MachinePool'] !== undefined || !argument.startsWith('--feature')),
    env: { HOME: folder },
    signal: stop.signal,
    write: (text) => (said += text),
  })
  closing.push(async () => {
    stop.abort()
    expect([await ended, said]).toEqual([0, ''])
  })
  const call = caller(port)
  await eventually(() => call('/validate', admission('CONNECT', null)))
  return call
}

function admission(operation: string, object: object | null, oldObject: object | null = null): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: 'cluster.x-k8s.io', version: 'v1beta2', kind: 'MachinePool' },
      resource: { group: 'cluster.x-k8s.io', version: 'v1beta2', resource: 'machinepools' },
      name: 'np',
      namespace: 'default',
      operation,
      userInfo: { username: 'admin' },
      object,
      oldObject,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  }
}

function conversion(desiredAPIVersion: string, ...objects: readonly object[]): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    request: { uid: '42', desiredAPIVersion, objects },
  }
}

const metadata = { name: 'np', namespace: 'default', uid: '1' }

function machinePool(spec: object = {}): object {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata,
    spec: {
      clusterName: 'c',
      template: {
        spec: {
          clusterName: 'c',
          bootstrap: { dataSecretName: 's' },
          infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name: 'np' },
        },
      },
      ...spec,
    },
  }
}

function patchOf(response: Record<string, unknown>): { op: string; path: string; value?: unknown }[] {
  return JSON.parse(Buffer.from(String(response['patch']), 'base64').toString()) as never
}

describe('the core manager', () => {
  test('fills in defaults, refuses what is wrong, and converts, over TLS', async () => {
    const call = await run(coreManager({}))
    const defaulted = await call('/mutate', admission('CREATE', machinePool()))
    expect(defaulted).toMatchObject({ uid: expect.stringMatching(/^705ab4f5/), allowed: true, patchType: 'JSONPatch' })
    expect(patchOf(defaulted)).toContainEqual({
      op: 'add',
      path: '/spec',
      value: expect.objectContaining({ replicas: 1 }),
    })
    const accepted = await call('/validate', admission('CREATE', machinePool({ replicas: 1 })))
    expect(accepted).toMatchObject({ allowed: true })
    expect(accepted).not.toHaveProperty('patch')

    const refused = await call(
      '/validate',
      admission('UPDATE', machinePool({ clusterName: 'other' }), machinePool({ replicas: 1 })),
    )
    expect(refused).toMatchObject({
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: expect.stringContaining('MachinePool.cluster.x-k8s.io "np" is invalid'),
        details: { causes: expect.arrayContaining([expect.objectContaining({ field: 'spec.clusterName' })]) },
      },
    })

    const old = {
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'MachinePool',
      metadata,
      spec: {
        clusterName: 'c',
        replicas: 2,
        minReadySeconds: 5,
        template: { spec: { clusterName: 'c', bootstrap: {} } },
      },
    }
    const up = await call('/convert', conversion('cluster.x-k8s.io/v1beta2', old))
    expect(up).toMatchObject({
      uid: '42',
      result: { status: 'Success' },
      convertedObjects: [{ apiVersion: 'cluster.x-k8s.io/v1beta2', metadata, spec: { clusterName: 'c', replicas: 2 } }],
    })
    const [converted = {}] = up['convertedObjects'] as object[]
    const down = await call('/convert', conversion('cluster.x-k8s.io/v1beta1', converted))
    expect(down).toMatchObject({ result: { status: 'Success' }, convertedObjects: [{ spec: old.spec }] })
    expect(await call('/convert', conversion('cluster.x-k8s.io/v9', old))).toMatchObject({
      result: { status: 'Failure', message: expect.stringContaining('v9') },
      convertedObjects: [],
    })
  })
})

describe('the AWS manager', () => {
  test('takes the documented subnets, and fills in durations', async () => {
    const call = await run(awsManager({ AWS_REGION: 'eu-west-1' }))
    const old = {
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
      kind: 'AWSMachinePool',
      metadata,
      spec: { minSize: 1, maxSize: 3, subnets: ['subnet-123'], awsLaunchTemplate: { instanceType: 't3.large' } },
    }
    const up = await call('/convert', conversion('infrastructure.cluster.x-k8s.io/v1beta2', old))
    expect(up).toMatchObject({ convertedObjects: [{ spec: { subnets: [{ id: 'subnet-123' }] } }] })
    const [converted = {}] = up['convertedObjects'] as object[]
    expect(patchOf(await call('/mutate', admission('CREATE', converted)))).toEqual([
      { op: 'add', path: '/spec', value: expect.objectContaining({ defaultCoolDown: '300s' }) },
    ])
  })
})

test('a program without webhooks overlooks the port that upstream’s Deployment names', async () => {
  const stop = new AbortController()
  const program: ManagerProgram = {
    name: 'bare',
    leaseName: 'bare',
    featureGates: {},
    setup(manager) {
      manager.addRunnable({ name: 'end', run: () => Promise.resolve(stop.abort()) })
    },
  }
  const args = [`--kubeconfig=${join(folder, 'kubeconfig')}`, '--webhook-port=9443', '--diagnostics-address=0']
  const host = { args: [...args, '--health-addr=0'], env: {}, signal: stop.signal, write: () => undefined }
  expect(await runManagerProgram(program, host)).toBe(0)
})

test('a renewed certificate is served without a restart, and one that comes late is waited for', async () => {
  const late = await mkdtemp(join(tmpdir(), 'webhooks-late-'))
  const clock = createManualClock()
  const stop = new AbortController()
  const webhooks = createWebhookServer({
    address: '127.0.0.1:0',
    certificateDirectory: late,
    clock,
    log: pino({ level: 'silent' }),
  })
  const running = webhooks.run(stop.signal)
  closing.push(async () => {
    stop.abort()
    await running
    await rm(late, { recursive: true, force: true })
  })
  const write = async (commonName: string) => {
    const { cert, key } = await createTestCertificate({ commonName, names: ['127.0.0.1'] })
    await writeFile(join(late, 'tls.crt'), cert)
    await writeFile(join(late, 'tls.key'), key)
  }
  /** The common name of the certificate that is served now. */
  const served = async () => {
    const socket = connect({ port: Number(new URL(await webhooks.listening).port), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return CN
  }
  // Until the first look has failed.
  await eventually(() => expect(clock.pending).toBe(1))
  expect(webhooks.isListening()).toBe(false)
  await write('first')
  await clock.advance(2_000)
  expect(await served()).toBe('first')
  expect(webhooks.isListening()).toBe(true)
  await write('second')
  expect(await served()).toBe('first')
  await eventually(() => expect(clock.pending).toBe(1))
  await clock.advance(60_000)
  await eventually(async () => expect(await served()).toBe('second'))
})
