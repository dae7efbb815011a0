import { Sensitive, type BootstrapData, type PoolRef } from '@machinepool/contract'
import { createAwsProvider, type AWSMachinePoolSpec } from '@machinepool/provider-aws'
import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator, type AwsSimulator } from '@machinepool/simulator'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { desiredOf, ioOf, poolOf } from '../../contract/aws/pool.ts'
import { plainTemplate } from './spec-fields.ts'

let clock: ManualClock
let simulator: AwsSimulator
let provider: ReturnType<typeof createAwsProvider>
beforeEach(async () => {
  clock = createManualClock()
  simulator = await createAwsSimulator({ clock })
  simulator.region().addImage({
    id: 'ami-11111111',
    name: 'i',
    owner: '123456789012',
    architecture: 'x86_64',
    created: 0,
    rootDevice: '/dev/sda1',
    rootSize: 8,
    tags: [],
  })
  const { url } = simulator
  provider = createAwsProvider({
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    endpoints: { autoscaling: url, ec2: url, s3: url, ssm: url },
  })
})
afterEach(async () => {
  await provider.close()
  await simulator.close()
})

const bucket = 'cluster-bucket'
const infrastructure = { spec: { region: 'us-east-1', s3Bucket: { name: bucket } } }

function pool(ignition: AWSMachinePoolSpec['ignition'], cluster: object = { infrastructure }) {
  return poolOf(
    {
      minSize: 0,
      maxSize: 3,
      subnets: [{ id: 'subnet-123' }],
      awsLaunchTemplate: plainTemplate,
      ...(ignition === undefined ? {} : { ignition }),
    },
    { key: { namespace: 'default', name: 'workers' }, cluster: { namespace: 'default', name: 'prod', ...cluster } },
  )
}

const secretText = 'kubeadm-token-abcdef.0123456789abcdef'

function ignitionData(mark: string): BootstrapData {
  const data = JSON.stringify({ ignition: { version: '3.4.0' }, mark, secretText })
  return {
    secretName: 'default/workers-bootstrap',
    format: 'ignition',
    data: new Sensitive(data),
    contentHash: createHash('sha256').update(data).digest('hex'),
  }
}

async function converge(wanted: PoolRef<AWSMachinePoolSpec>, bootstrap: BootstrapData | undefined, gone = false) {
  const { machinePool } = provider
  const io = ioOf()
  for (let turn = 0; turn < 15; turn++) {
    const observed = await machinePool.observe(wanted, io)
    const resolved = await machinePool.resolve(wanted, observed, io)
    const revision = machinePool.revision(wanted, resolved, bootstrap)
    const presence = gone ? 'absent' : 'present'
    const wish = { size: undefined, hold: false, bootstrap, presence } as const
    const [action] = machinePool.plan(desiredOf(wanted, resolved, revision, wish), observed)
    if (action === undefined) return resolved
    expect(JSON.stringify(action)).not.toContain(secretText)
    await machinePool.execute(wanted, action, io)
  }
  throw new Error('the pool does not converge')
}

const operations = () =>
  simulator.calls
    .list()
    .map(({ operation }) => operation)
    .filter((operation) => !/^(Describe|Get)/.test(operation))

const pointers = () =>
  simulator
    .region()
    .launchTemplates()[0]!
    .versions.map(({ data }) => JSON.parse(Buffer.from(data.UserData ?? '', 'base64').toString()) as object)

const keyOf = ({ contentHash }: BootstrapData) => `${bucket}/machine-pool/workers/${contentHash}`
const stored = () => [...simulator.region().objects().keys()]

test('CAPA-086 the data is stored first, under the hash of its content, and the user data points to it', async () => {
  const data = ignitionData('one')
  await converge(pool({ version: '3.4', storageType: 'ClusterObjectStore' }), data)
  expect(operations().slice(0, 2)).toEqual(['PutObject', 'CreateLaunchTemplate'])
  expect(simulator.region().objects().get(keyOf(data))).toBe(data.data.reveal())
  expect(pointers()).toEqual([
    { ignition: { version: '3.4.0', config: { merge: [{ source: `s3://${keyOf(data)}` }] } } },
  ])
})

test('version 2 appends; proxies and certificate authorities go along', async () => {
  const data = ignitionData('one')
  const proxy = { httpProxy: 'http://p', httpsProxy: 'https://p', noProxy: ['10.0.0.0/8'] }
  const certificateAuthorities = ['https://ca.example.com/ca.pem']
  await converge(pool({ version: '2.3', proxy, tls: { certificateAuthorities } }), data)
  expect(pointers()).toEqual([
    {
      ignition: {
        version: '2.3.0',
        config: { append: [{ source: `s3://${keyOf(data)}` }] },
        proxy,
        security: { tls: { certificateAuthorities: [{ source: 'https://ca.example.com/ca.pem' }] } },
      },
    },
  ])
})

test('another proxy is another version of the same revision; nothing is written while nothing changes', async () => {
  const data = ignitionData('one')
  await converge(pool({ version: '3.4' }), data)
  simulator.calls.reset()
  await converge(pool({ version: '3.4' }), data)
  expect(operations()).toEqual([])
  await converge(pool({ version: '3.4', proxy: { httpProxy: 'http://p' } }), data)
  expect(operations()).toEqual(['PutObject', 'CreateLaunchTemplateVersion'])
})

test('objects of versions that are pruned go, one that another version needs stays', async () => {
  const old = ignitionData('old')
  await converge(pool({ version: '3.4' }), old)
  const revised = { ...ignitionData('new'), secretName: 'default/workers-bootstrap-2' }
  await converge(pool({ version: '3.4' }), revised)
  expect(stored()).toEqual([keyOf(revised)])
  const same = { ...revised, secretName: 'default/workers-bootstrap-3' }
  await converge(pool({ version: '3.4' }), same)
  expect(stored()).toEqual([keyOf(revised)])
})

test('the end of the pool takes its objects along, also when the objects of the cluster are gone', async () => {
  await converge(pool({ version: '3.4' }), ignitionData('one'))
  expect(stored()).toHaveLength(1)
  await converge(pool({ version: '3.4' }, {}), undefined, true)
  await clock.advance(60_000)
  await converge(pool({ version: '3.4' }, {}), undefined, true)
  expect(stored()).toEqual([])
  expect(simulator.region().launchTemplates()).toEqual([])
})

test('no template points to an object that could not be stored', async () => {
  simulator.faults.add({ operation: 'PutObject', error: 'InternalError' })
  await expect(converge(pool({ version: '3.4' }), ignitionData('one'))).rejects.toMatchObject({ code: 'Unavailable' })
  expect(simulator.region().launchTemplates()).toEqual([])
})

test('a cluster without a bucket is a problem that says what to do', async () => {
  const { machinePool } = provider
  const wanted = pool({ version: '3.4' }, { infrastructure: { spec: { region: 'us-east-1' } } })
  const observed = await machinePool.observe(wanted, ioOf())
  const { problems } = await machinePool.resolve(wanted, observed, ioOf())
  expect(problems).toMatchObject([{ code: 'InvalidSpec', reason: 'IgnitionBucketMissing' }])
})

test('with UnencryptedUserData the data is the user data', async () => {
  await converge(pool({ version: '3.4', storageType: 'UnencryptedUserData' }), ignitionData('one'))
  expect(operations()).not.toContain('PutObject')
  expect(pointers()).toMatchObject([{ mark: 'one' }])
})
