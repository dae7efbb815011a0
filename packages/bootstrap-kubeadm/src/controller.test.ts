import type { KubeadmConfig, MachinePool } from '@machinepool/api'
import { configMaps, secrets, type Secret } from '@machinepool/kube'
import {
  createManualClock,
  createMemoryApi,
  createTestManager,
  createTestWorkloadClusters,
} from '@machinepool/runtime/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { createKubeadmConfigController } from './controller.ts'
import { clusters, kubeadmConfigs, machinePools } from './resources.ts'

const namespace = 'default'
const key = { namespace, name: 'np' }
const cluster = { namespace, name: 'prod' }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = (secret: Secret | undefined, field: string) =>
  Buffer.from(secret?.data?.[field] ?? '', 'base64').toString()

function setUp() {
  const clock = createManualClock(Date.parse('2026-03-01T12:00:00Z'))
  const api = createMemoryApi(clock)
  const workloadApi = createMemoryApi(clock)
  const workloads = createTestWorkloadClusters()
  const runner = createTestManager(api, clock)
  createKubeadmConfigController(runner.manager, { workloadClusters: workloads })
  api.put(clusters, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { ...cluster },
    spec: { controlPlaneEndpoint: { host: 'prod.example.com', port: 6443 } },
  })
  api.put(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...key, uid: 'pool-uid' },
    spec: {
      clusterName: 'prod',
      replicas: 2,
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name: 'np' } },
          infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'TestMachinePool', name: 'np' },
        },
      },
    },
  })
  // The API server has no TLS: what is pinned is tested apart.
  workloadApi.put(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-public', name: 'cluster-info' },
    data: { kubeconfig: 'clusters: [{name: "", cluster: {server: "http://10.0.0.1:6443"}}]' },
  })
  return {
    clock,
    api,
    workloadApi,
    workloads,
    runner,
    connect: () => workloads.connect(cluster, workloadApi),
    putConfig(spec: KubeadmConfig['spec'] = {}, owned = true): void {
      api.put<KubeadmConfig>(kubeadmConfigs, {
        apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
        kind: 'KubeadmConfig',
        ...api.get(kubeadmConfigs, key),
        metadata: {
          ...key,
          ...api.get(kubeadmConfigs, key)?.metadata,
          ...(owned
            ? {
                ownerReferences: [
                  { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachinePool', name: 'np', uid: 'pool-uid' },
                ],
              }
            : {}),
        },
        spec: spec ?? {},
      })
    },
    changePool(change: (pool: MachinePool) => void): void {
      const pool = api.get(machinePools, key)!
      change(pool)
      api.put(machinePools, pool)
    },
    setNodes(count: number): void {
      this.changePool(
        (pool) => (pool.status = { nodeRefs: Array.from({ length: count }, (_, i) => ({ name: `n${i}` })) }),
      )
    },
    get status() {
      return api.get(kubeadmConfigs, key)?.status
    },
    condition(type: string) {
      return this.status?.conditions?.find((entry) => entry.type === type)
    },
    deprecated(type: string) {
      return this.status?.deprecated?.v1beta1?.conditions?.find((entry) => entry.type === type)
    },
    get secret() {
      return api.get(secrets, key)
    },
    get tokens() {
      return workloadApi.list(secrets)
    },
    get joinToken(): string {
      const document = parse(plain(this.secret, 'value')) as {
        write_files: { path: string; content: string }[]
      }
      const file = document.write_files.find(({ path }) => path === '/run/kubeadm/kubeadm-join-config.yaml')
      const join = parse(file!.content) as { discovery: { bootstrapToken: { token: string } } }
      return join.discovery.bootstrapToken.token
    },
  }
}

let scene: ReturnType<typeof setUp>
beforeEach(() => {
  scene = setUp()
})

describe('bootstrap data', () => {
  it('makes the Secret and the token, and says so', async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.status).toMatchObject({ dataSecretName: 'np', initialization: { dataSecretCreated: true } })
    expect(scene.condition('Ready')?.status).toBe('True')
    expect(scene.secret).toMatchObject({
      type: 'cluster.x-k8s.io/secret',
      metadata: {
        labels: { 'cluster.x-k8s.io/cluster-name': 'prod' },
        ownerReferences: [expect.objectContaining({ kind: 'KubeadmConfig', name: 'np', controller: true })],
      },
    })
    expect(plain(scene.secret, 'format')).toBe('cloud-config')
    expect(scene.secret?.metadata.annotations?.['machinepool.dev/bootstrap-revision']).toMatch(/^[0-9a-f]{64}$/)
    const [token] = scene.tokens
    expect(token).toMatchObject({ type: 'bootstrap.kubernetes.io/token', metadata: { namespace: 'kube-system' } })
    expect(token?.metadata.name).toBe(`bootstrap-token-${plain(token, 'token-id')}`)
    expect(plain(token, 'expiration')).toBe('2026-03-01T12:15:00Z')
    expect(plain(token, 'auth-extra-groups')).toBe('system:bootstrappers:kubeadm:default-node-token')
    expect(plain(token, 'usage-bootstrap-signing')).toBe('true')
    expect(plain(token, 'usage-bootstrap-authentication')).toBe('true')
    expect(scene.joinToken).toBe(`${plain(token, 'token-id')}.${plain(token, 'token-secret')}`)
    expect(scene.api.writes.map((write) => write.target)).toEqual(['secrets/np', 'kubeadmconfigs/np/status'])
  })

  it('waits for an owner without writing', async () => {
    scene.connect()
    scene.putConfig({}, false)
    await scene.runner.settle()
    expect(scene.api.writes).toEqual([])
  })

  it('waits for the workload cluster, and goes on by its connection (CAPI-077 alike)', async () => {
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')).toMatchObject({
      status: 'False',
      reason: 'NotAvailable',
      message: expect.stringContaining('waiting for the API server of Cluster prod'),
    })
    expect(scene.deprecated('DataSecretAvailable')).toMatchObject({
      status: 'False',
      severity: 'Info',
      reason: 'WaitingForControlPlaneAvailable',
    })
    expect(scene.status?.initialization?.dataSecretCreated).toBe(false)
    scene.connect()
    await scene.runner.settle()
    expect(scene.status?.initialization?.dataSecretCreated).toBe(true)
  })

  it('CAPI-077 maps a Cluster to the configs of its pools', async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    scene.api.put(clusters, scene.api.get(clusters, cluster)!)
    expect(scene.runner.queued).toEqual([key])
  })

  it('refuses fields by name, and forgives when they go', async () => {
    scene.connect()
    scene.putConfig({ joinConfiguration: { controlPlane: {} } })
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')).toMatchObject({ status: 'False', reason: 'NotAvailable' })
    expect(scene.deprecated('DataSecretAvailable')).toMatchObject({ severity: 'Warning', reason: 'UnsupportedField' })
    expect(scene.condition('DataSecretAvailable')?.message).toContain('spec.joinConfiguration.controlPlane')
    expect(scene.secret).toBeUndefined()
    scene.putConfig({})
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')?.status).toBe('True')
  })

  it('takes file contents from Secrets and names a missing one', async () => {
    scene.connect()
    scene.putConfig({ files: [{ path: '/etc/x', contentFrom: { secret: { name: 'source', key: 'k' } } }] })
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')?.message).toBe(
      'spec.files[0].contentFrom: Secret source does not exist',
    )
    scene.api.put<Secret>(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'source' },
      data: { k: base64('hello\n') },
    })
    await scene.runner.reconcile(key)
    expect(plain(scene.secret, 'value')).toContain('hello')
  })

  it('renders templates with the version of the API server, and names one that is wrong', async () => {
    const version = { gitVersion: 'v1.35.0-eks-ec0e8ed' }
    Object.assign(scene.workloadApi.client, {
      request: (_: string, path: string) => Promise.resolve(path === '/version' && version),
    })
    scene.connect()
    const file = { path: '/etc/x', contentFormat: 'Template' as const }
    scene.putConfig({ files: [{ ...file, content: 'v={{ .controlPlane.version }}' }] })
    await scene.runner.settle()
    expect(plain(scene.secret, 'value')).toContain('v=v1.35.0\n')
    scene.putConfig({ files: [{ ...file, content: '{{ .typo }}' }] })
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')?.message).toContain('spec.files[0]: {{ .typo }} is not supported')
    expect(scene.deprecated('DataSecretAvailable')?.reason).toBe('DataSecretGenerationFailed')
  })

  it('does not take over a Secret of somebody else', async () => {
    scene.connect()
    scene.api.put<Secret>(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...key },
      data: { value: base64('mine') },
    })
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')).toMatchObject({ status: 'False', reason: 'NotAvailable' })
    expect(scene.deprecated('DataSecretAvailable')?.reason).toBe('SecretConflict')
    expect(plain(scene.secret, 'value')).toBe('mine')
  })

  it('renders a changed spec at once with the same token', async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    const token = scene.joinToken
    scene.putConfig({ preKubeadmCommands: ['echo new'] })
    await scene.runner.settle()
    expect(plain(scene.secret, 'value')).toContain('echo new')
    expect(scene.joinToken).toBe(token)
  })

  it('says which version is missing', async () => {
    scene.changePool((pool) => delete pool.spec.template.spec.version)
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.deprecated('DataSecretAvailable')?.reason).toBe('InvalidVersion')
    expect(scene.condition('DataSecretAvailable')?.message).toContain('spec.template.spec.version of the MachinePool')
  })

  it('refuses to join an API server whose CA is not known', async () => {
    scene.workloadApi.drop(configMaps, { namespace: 'kube-public', name: 'cluster-info' })
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    const message = expect.stringContaining('the CA of Cluster prod')
    expect(scene.condition('CertificatesAvailable')).toMatchObject({
      status: 'Unknown',
      reason: 'InternalError',
      message,
    })
    expect(scene.deprecated('CertificatesAvailable')).toMatchObject({
      status: 'False',
      severity: 'Error',
      reason: 'CertificatesCorrupted',
      message,
    })
    expect(scene.condition('Ready')).toMatchObject({ status: 'False', reason: 'NotReady' })
    scene.putConfig({ joinConfiguration: { discovery: { bootstrapToken: { caCertHashes: ['sha256:00'] } } } })
    await scene.runner.settle()
    expect(plain(scene.secret, 'value')).toContain('sha256:00')
    expect(scene.condition('CertificatesAvailable')).toMatchObject({ status: 'True', reason: 'Available' })
  })

  it('says that the API server has no address yet', async () => {
    scene.api.put(clusters, { ...scene.api.get(clusters, cluster)!, spec: {} })
    scene.workloadApi.drop(configMaps, { namespace: 'kube-public', name: 'cluster-info' })
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.condition('DataSecretAvailable')?.message).toContain('set spec.controlPlaneEndpoint of the Cluster')
    expect(scene.deprecated('DataSecretAvailable')?.reason).toBe('WaitingForControlPlaneAvailable')
  })

  it("waits for the Cluster's infrastructure, where it has any", async () => {
    const infrastructureRef = { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSCluster', name: 'prod' }
    scene.api.put(clusters, { ...scene.api.get(clusters, cluster)!, spec: { infrastructureRef } })
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.deprecated('DataSecretAvailable')).toMatchObject({
      severity: 'Info',
      reason: 'WaitingForClusterInfrastructure',
    })
  })

  it('makes the Secret again as soon as it was deleted,', async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    const { joinToken } = scene
    scene.api.drop(secrets, key)
    expect(scene.runner.queued).toEqual([key])
    await scene.runner.settle()
    expect(scene.status?.initialization?.dataSecretCreated).toBe(true)
    expect(scene.secret).toBeDefined()
    expect(scene.tokens).toHaveLength(2)
    expect(scene.joinToken).not.toBe(joinToken)
  })

  it('owns its Secret again after both were restored under other uids', async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
    const secret = scene.secret!
    const stranger = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }
    secret.metadata.ownerReferences = [{ ...secret.metadata.ownerReferences![0]!, uid: 'before' }, stranger]
    scene.api.put(secrets, secret)
    await scene.runner.reconcile(key)
    const { uid } = scene.api.get(kubeadmConfigs, key)!.metadata
    expect(scene.secret?.metadata.ownerReferences).toEqual([
      stranger,
      expect.objectContaining({ kind: 'KubeadmConfig', name: 'np', uid: uid ?? '', controller: true }),
    ])
    scene.api.put(secrets, { ...scene.secret!, metadata: { ...scene.secret!.metadata, ownerReferences: [] } })
    await scene.runner.reconcile(key)
    expect(scene.secret?.metadata.ownerReferences).toHaveLength(1)
  })

  it('writes only the Paused condition while paused', async () => {
    scene.connect()
    scene.api.put(clusters, { ...scene.api.get(clusters, cluster)!, spec: { paused: true } })
    scene.putConfig()
    await scene.runner.settle()
    expect(scene.api.writes.map((write) => write.target)).toEqual(['kubeadmconfigs/np/status'])
    expect(scene.condition('Paused')?.status).toBe('True')
  })
})

describe('join tokens', () => {
  beforeEach(async () => {
    scene.connect()
    scene.putConfig()
    await scene.runner.settle()
  })

  it('CAPI-072 leaves a fresh token alone', async () => {
    scene.workloadApi.writes.length = 0
    scene.api.writes.length = 0
    await scene.clock.advance(60_000)
    expect(await scene.runner.reconcile(key)).toEqual({ requeueAfterMs: 5 * 60_000 })
    expect(scene.workloadApi.writes).toEqual([])
    expect(scene.api.writes).toEqual([])
  })

  it('CAPI-073 extends the token while Nodes are missing', async () => {
    const before = scene.joinToken
    await scene.clock.advance(5 * 60_000)
    await scene.runner.reconcile(key)
    expect(scene.joinToken).toBe(before)
    expect(scene.tokens.map((token) => plain(token, 'expiration'))).toEqual(['2026-03-01T12:20:00Z'])
  })

  it('CAPI-074 CAPI-075 replaces it in its second half when all Nodes are there', async () => {
    scene.setNodes(2)
    const before = scene.joinToken
    const revision = scene.secret?.metadata.annotations?.['machinepool.dev/bootstrap-revision']
    await scene.clock.advance(5 * 60_000)
    await scene.runner.reconcile(key)
    expect(scene.joinToken).toBe(before)
    expect(scene.tokens).toHaveLength(1)
    await scene.clock.advance(5 * 60_000)
    await scene.runner.reconcile(key)
    expect(scene.joinToken).not.toBe(before)
    expect(scene.tokens).toHaveLength(2)
    expect(scene.secret?.metadata.annotations?.['machinepool.dev/bootstrap-revision']).toBe(revision)
  })

  it('CAPI-076 makes another token when it was removed', async () => {
    const before = scene.joinToken
    scene.workloadApi.drop(secrets, { namespace: 'kube-system', name: `bootstrap-token-${before.slice(0, 6)}` })
    await scene.runner.reconcile(key)
    expect(scene.joinToken).not.toBe(before)
    expect(scene.tokens).toHaveLength(1)
  })

  it('goes on with a token that upstream wrote into the config', async () => {
    scene.api.drop(secrets, key)
    const [stored] = scene.tokens
    const token = `${plain(stored, 'token-id')}.${plain(stored, 'token-secret')}`
    scene.putConfig({ joinConfiguration: { discovery: { bootstrapToken: { token } } } })
    await scene.runner.settle()
    expect(scene.joinToken).toBe(token)
    expect(scene.tokens).toHaveLength(1)
  })

  it('looks at tokens again when Nodes come, not when anything else of the pool changes', async () => {
    scene.changePool((pool) => (pool.metadata.labels = { a: 'b' }))
    expect(scene.runner.queued).toEqual([])
    scene.setNodes(2)
    expect(scene.runner.queued).toEqual([key])
  })
})
