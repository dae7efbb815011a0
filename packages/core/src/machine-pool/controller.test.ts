import { ApiError, nodes, type Node } from '@machinepool/kube'
import { createMemoryApi } from '@machinepool/runtime/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { machinePools, machines } from './objects.ts'
import { aws, bootstrapConfigs, infraPools, poolKey, Scene } from './testing/scene.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

describe('finalizer, ownership, pause', () => {
  it('CAPI-001 CAPI-003 persists finalizer, owner and label first, and touches nothing else in that pass', async () => {
    scene.putPool()
    scene.putReady([])
    await scene.runner.reconcile(poolKey)
    expect(scene.api.writes.map((write) => write.target)).toEqual(['machinepools/np'])
    expect(scene.pool.metadata.finalizers).toEqual(['machinepool.cluster.x-k8s.io'])
    expect(scene.pool.metadata.labels?.['cluster.x-k8s.io/cluster-name']).toBe('prod')
    expect(scene.pool.metadata.ownerReferences).toEqual([
      { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', name: 'prod', uid: 'cluster-uid' },
    ])
  })

  it('CAPI-002 keeps finalizers of others and its own once', async () => {
    scene.putPool((pool) => {
      pool.metadata.finalizers = ['example.com/mine', 'machinepool.cluster.x-k8s.io']
    })
    await scene.settle()
    expect(scene.pool.metadata.finalizers).toEqual(['example.com/mine', 'machinepool.cluster.x-k8s.io'])
  })

  it('CAPI-004 becomes controller owner of bootstrap config and infrastructure, and labels them', async () => {
    scene.putPool()
    scene.putReady([])
    await scene.settle()
    for (const object of [scene.bootstrap, scene.infra]) {
      expect(object?.metadata.labels).toEqual({ 'cluster.x-k8s.io/cluster-name': 'prod' })
      expect(object?.metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'MachinePool', name: 'np', uid: scene.pool.metadata.uid, controller: true }),
      ])
    }
  })

  it.each([
    [
      'annotation',
      (paused: Scene) => paused.changePool((pool) => (pool.metadata.annotations = { 'cluster.x-k8s.io/paused': '' })),
    ],
    ['Cluster', (paused: Scene) => void paused.putCluster({ spec: { paused: true } })],
  ])('CAPI-005 writes only the Paused condition while paused by %s', async (_by, pause) => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    await scene.settle()
    pause(scene)
    scene.putInfra({ providerIDList: [aws(1)] }, { initialization: { provisioned: true }, replicas: 1 })
    scene.api.writes.length = 0
    const before = scene.status
    await scene.settle()
    expect(scene.condition('Paused')).toBe('True: Paused')
    expect(scene.api.writes.map((write) => write.target)).toEqual(['machinepools/np/status'])
    const others = (status: typeof before) => ({
      ...status,
      conditions: status.conditions?.filter((c) => c.type !== 'Paused'),
    })
    expect(others(scene.status)).toEqual(others(before))
  })

  it('resumes when the pause ends', async () => {
    scene.putCluster({ spec: { paused: true } })
    scene.putPool()
    scene.putReady([aws(1)])
    await scene.settle()
    expect(scene.pool.metadata.finalizers).toBeUndefined()
    scene.putCluster({ spec: { paused: false } })
    await scene.settle()
    expect(scene.condition('Paused')).toBe('False: NotPaused')
    expect(scene.pool.spec.providerIDList).toEqual([aws(1)])
  })

  it('CAPI-095 restores a stripped finalizer and stripped owner references', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    await scene.settle()
    scene.changePool((pool) => {
      delete pool.metadata.finalizers
      delete pool.metadata.ownerReferences
    })
    const infra = scene.infra!
    delete infra.metadata.ownerReferences
    scene.api.put(infraPools, infra)
    await scene.settle()
    expect(scene.pool.metadata.finalizers).toHaveLength(1)
    expect(scene.pool.metadata.ownerReferences).toHaveLength(1)
    expect(scene.infra?.metadata.ownerReferences).toHaveLength(1)
  })
})

describe('bootstrap', () => {
  it('CAPI-006 copies the secret name of a ready config', async () => {
    scene.putPool()
    scene.putBootstrap({ initialization: { dataSecretCreated: true }, dataSecretName: 'np-data' })
    await scene.settle()
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('np-data')
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(true)
  })

  it('CAPI-006 reads contract v1beta1 as well', async () => {
    scene.putPool()
    scene.putBootstrap({ ready: true, dataSecretName: 'np-data' })
    await scene.settle()
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('np-data')
  })

  it('CAPI-007 fails on a config that is created without a secret name', async () => {
    scene.putPool()
    scene.putBootstrap({ initialization: { dataSecretCreated: true } })
    await scene.settle()
    expect(String(scene.runner.errors[0])).toContain('names none in status.dataSecretName')
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(false)
  })

  it('CAPI-008 waits for a config that is not created yet', async () => {
    scene.putPool()
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(false)
    expect(scene.condition('BootstrapConfigReady')).toBe('False: NotReady')
  })

  it('CAPI-009 reports a config that does not exist, and goes on when it appears', async () => {
    scene.putPool()
    await scene.settle()
    expect(scene.condition('BootstrapConfigReady')).toBe('False: ObjectDoesNotExist')
    expect(scene.runner.errors.map(String).join()).toContain('TestConfig np does not exist')
    scene.putReady([])
    await scene.settle()
    expect(scene.condition('BootstrapConfigReady')).toBe('True: Ready')
  })

  it('CAPI-010 reports a template without bootstrap', async () => {
    scene.putPool((pool) => (pool.spec.template.spec.bootstrap = {}))
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.condition('BootstrapConfigReady')).toBe('False: InvalidConfiguration')
    expect(scene.runner.errors.map(String)[0]).toContain('needs a configRef or a dataSecretName')
  })

  it('CAPI-011 replaces an old secret name by the one of a new config', async () => {
    scene.putPool((pool) => (pool.spec.template.spec.bootstrap.dataSecretName = 'old'))
    scene.putBootstrap({ initialization: { dataSecretCreated: true }, dataSecretName: 'new' })
    await scene.settle()
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('new')
  })

  it.each(['mine', ''])('CAPI-012 leaves a data secret named %j by the user alone', async (dataSecretName) => {
    scene.putPool((pool) => (pool.spec.template.spec.bootstrap = { dataSecretName }))
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.pool.spec.template.spec.bootstrap).toEqual({ dataSecretName })
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(true)
    expect(scene.condition('BootstrapConfigReady')).toBe('True: DataSecretProvided')
  })

  it('CAPI-013 keeps the old name while a config is not ready', async () => {
    scene.putPool((pool) => (pool.spec.template.spec.bootstrap.dataSecretName = 'old'))
    scene.putBootstrap({})
    await scene.settle()
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('old')
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(false)
  })

  it('CAPI-A13 refuses a config that another pool controls, and deleting the pool leaves it alone', async () => {
    scene.putBootstrap({ initialization: { dataSecretCreated: true }, dataSecretName: 'np-data' })
    const config = scene.bootstrap!
    config.metadata.ownerReferences = [
      {
        apiVersion: 'cluster.x-k8s.io/v1beta2',
        kind: 'MachinePool',
        name: 'other',
        uid: 'other-uid',
        controller: true,
      },
    ]
    scene.api.put(bootstrapConfigs, config)
    scene.putPool()
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.condition('BootstrapConfigReady')).toBe('False: OwnedByOther')
    expect(scene.message('BootstrapConfigReady')).toContain('already controlled by MachinePool other')
    scene.changePool((pool) => (pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'))
    await scene.settle()
    expect(scene.exists).toBe(false)
    expect(scene.bootstrap?.metadata.deletionTimestamp).toBeUndefined()
    expect(scene.bootstrap).toBeDefined()
  })
})

describe('infrastructure', () => {
  it('CAPI-014 copies list and replicas of provisioned infrastructure', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    await scene.settle()
    expect(scene.pool.spec.providerIDList).toEqual([aws(1), aws(2)])
    expect(scene.status.replicas).toBe(2)
    expect(scene.status.initialization?.infrastructureProvisioned).toBe(true)
  })

  it.each([{ ready: true }, { initialization: { provisioned: true } }])(
    'CAPI-A02 CAPI-D01 takes %j for provisioned',
    async (status) => {
      scene.putPool()
      scene.putBootstrap({ ready: true, dataSecretName: 'np-data' })
      scene.putInfra({ providerIDList: [aws(1)] }, { ...status, replicas: 1 })
      await scene.settle()
      expect(scene.pool.spec.providerIDList).toEqual([aws(1)])
    },
  )

  it('waits with the list while instances are counted and none is listed (R3)', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    await scene.settle()
    scene.putInfra({ providerIDList: [] }, { initialization: { provisioned: true }, replicas: 2 })
    await scene.settle()
    expect(scene.pool.spec.providerIDList).toEqual([aws(1), aws(2)])
    expect(scene.nodeNames).toEqual(['a'])
  })

  it.each([
    ['is made anew', {}, {}],
    ['is made anew and counts nothing', {}, { ready: false, replicas: 0 }],
    ['lists less while it is not ready', { providerIDList: [aws(1)] }, { ready: false, replicas: 1 }],
  ])('CAPI-014 keeps instances and Nodes of infrastructure that %s', async (_case, spec, status) => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    scene.putInfra(spec, status)
    await scene.settle()
    expect(scene.pool.spec.providerIDList).toEqual([aws(1), aws(2)])
    expect(scene.status).toMatchObject({ replicas: 2, readyReplicas: 2, phase: 'Running' })
    expect(scene.nodeNames).toEqual(['a', 'b'])
    expect(scene.condition('InfrastructureReady')).toBe('False: NotReady')
    scene.putReady([aws(2)])
    await scene.settle()
    expect(scene.pool.spec.providerIDList).toEqual([aws(2)])
    expect(scene.nodeNames).toEqual(['b'])
    expect(scene.condition('InfrastructureReady')).toBe('True: Ready')
  })

  it('CAPI-016 CAPI-D11 says that provisioned infrastructure vanished, and forgets it when it is back', async () => {
    scene.putPool()
    scene.putReady([])
    await scene.settle()
    scene.api.drop(infraPools, poolKey)
    await scene.settle()
    expect(scene.status.deprecated?.v1beta1?.failureReason).toBe('InvalidConfiguration')
    expect(scene.status.deprecated?.v1beta1?.failureMessage).toContain('TestMachinePool np')
    expect(scene.condition('InfrastructureReady')).toBe('False: ObjectDeleted')
    expect(scene.runner.errors.map(String)[0]).toContain('TestMachinePool np does not exist')
    scene.putReady([])
    await scene.settle()
    expect(scene.status.deprecated?.v1beta1?.failureReason).toBeUndefined()
  })

  it('CAPI-A03 CAPI-D02 surfaces a reported failure and clears it with its cause', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)], { failureReason: 'CreateError', failureMessage: 'quota' })
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(scene.status.deprecated?.v1beta1).toMatchObject({ failureReason: 'CreateError' })
    expect(scene.status.deprecated?.v1beta1?.failureMessage).toContain('quota')
    // The API keeps that phase for objects of old controllers.
    expect(scene.status.phase).not.toBe('Failed')
    scene.putReady([aws(1), aws(2)])
    await scene.settle()
    expect(scene.status.deprecated?.v1beta1?.failureMessage).toBeUndefined()
    expect(scene.status.phase).toBe('Running')
  })

  it('CAPI-A05 CAPI-D06 follows the infrastructure while the workload cluster cannot be reached', async () => {
    scene.putPool()
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1))
    await scene.settle()
    scene.workloads.disconnect({ namespace: 'default', name: 'prod' }, 'connection refused')
    scene.putReady([aws(1), aws(2), aws(3)])
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    expect(scene.status.replicas).toBe(3)
    expect(scene.pool.spec.providerIDList).toEqual([aws(1), aws(2), aws(3)])
    expect(scene.status.nodeRefs).toHaveLength(1)
    expect(scene.condition('MachinesReady')).toBe('True: Ready')
    await scene.clock.advance(6 * 60_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.condition('MachinesReady')).toBe('Unknown: ReadyUnknown')
    expect(scene.message('MachinesReady')).toContain('connection refused')
  })

  it('CAPI-A07 CAPI-D13 does not write when only the order of the list changes', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    scene.api.writes.length = 0
    scene.putReady([aws(2), aws(1)])
    await scene.settle()
    expect(scene.api.writes).toEqual([])
  })

  it('says that a kind is not served, and goes on when its provider is installed', async () => {
    scene.putPool((pool) => (pool.spec.template.spec.infrastructureRef.kind = 'LaterMachinePool'))
    scene.putBootstrap({})
    await scene.settle()
    expect(scene.condition('InfrastructureReady')).toBe('False: KindUnknown')
    expect(scene.message('InfrastructureReady')).toContain('LaterMachinePool')
  })
})

/** A Node of another cluster that has the name and the instance of one of ours. */
function nodeOfOther(ready: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', uid: 'a-of-other' },
    spec: { providerID: aws(1) },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  }
}

describe('Nodes', () => {
  it('CAPI-034 deletes the Nodes of a pool scaled to zero, and only those', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    scene.putNode('other', aws(9))
    scene.putNode('unnamed', undefined)
    await scene.settle()
    scene.changePool((pool) => (pool.spec.replicas = 0))
    await scene.settle()
    expect(scene.status.phase).toBe('ScalingDown')
    scene.putReady([])
    await scene.settle()
    expect(scene.nodeNames).toEqual(['other', 'unnamed'])
    expect(scene.status.phase).toBe('Running')
    expect(scene.status.nodeRefs).toBeUndefined()
  })

  it('deletes a retired Node by its annotations when the status was lost', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    scene.changePool((pool) => delete pool.status)
    scene.putReady([aws(1)])
    await scene.settle()
    expect(scene.nodeNames).toEqual(['a'])
  })

  it('CAPI-043 never deletes a Node without a providerID, nor another machine under a name it knew', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    const annotations = scene.node('b')!.metadata.annotations!
    scene.workloadApi.holdCache(true)
    scene.putNode('a', aws(99), { uid: 'of-somebody-else' })
    scene.putNode('b', undefined, { annotations })
    scene.workloadApi.holdCache(false)
    scene.putReady([aws(3), aws(4)])
    await scene.settle()
    expect(scene.nodeNames).toEqual(['a', 'b'])
  })

  it('CAPI-044 renews the reference of a Node that was re-created under its name', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    scene.putNode('a', aws(1), { uid: 'second-life' })
    await scene.settle()
    expect(scene.status.nodeRefs?.[0]).toEqual({ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'second-life' })
    expect(scene.node('a')?.metadata.annotations?.['cluster.x-k8s.io/owner-name']).toBe('np')
  })

  it('CAPI-045 adds four annotations and takes off only the uninitialized taint', async () => {
    scene.putPool()
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1), {
      annotations: { 'example.com/x': 'y' },
      taints: [
        { key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' },
        { key: 'example.com/dedicated', effect: 'NoSchedule' },
      ],
    })
    await scene.settle()
    expect(scene.node('a')?.metadata.annotations).toEqual({
      'example.com/x': 'y',
      'cluster.x-k8s.io/cluster-name': 'prod',
      'cluster.x-k8s.io/cluster-namespace': 'default',
      'cluster.x-k8s.io/owner-kind': 'MachinePool',
      'cluster.x-k8s.io/owner-name': 'np',
    })
    expect(scene.node('a')?.spec?.taints).toEqual([{ key: 'example.com/dedicated', effect: 'NoSchedule' }])
    expect(scene.workloadApi.writes).toHaveLength(2)
  })

  it('CAPI-A01 CAPI-D03 notices a Node that turns NotReady while the list stays', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(scene.deprecated('ReplicasReady')).toBe('True')
    scene.putNode('b', aws(2), { ready: false })
    await scene.settle()
    expect(scene.status.readyReplicas).toBe(1)
    expect(scene.deprecated('ReplicasReady')).toBe('False: WaitingForReplicasReady')
    expect(scene.message('MachinesReady')).toContain('Node b')
  })

  it('CAPI-A08 CAPI-D12 wakes only the pool of the cluster that the Node is in, whatever the names', async () => {
    const nodesOfOther = createMemoryApi(scene.clock)
    scene.putCluster({ metadata: { namespace: 'default', name: 'other', uid: 'other-uid' } })
    scene.workloads.connect({ namespace: 'default', name: 'other' }, nodesOfOther)
    scene.putPool()
    scene.putPool((pool) => {
      pool.metadata.name = 'twin'
      pool.spec.clusterName = 'other'
      pool.spec.providerIDList = [aws(1)]
      pool.spec.template.spec.clusterName = 'other'
      pool.spec.template.spec.bootstrap = { dataSecretName: 'given' }
      pool.spec.template.spec.infrastructureRef.name = 'twin'
    })
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1))
    nodesOfOther.put(nodes, nodeOfOther('True'))
    await scene.settle()
    scene.putNode('a', aws(1), { ready: false })
    expect(scene.runner.queued).toEqual([poolKey])
    await scene.settle()
    nodesOfOther.put(nodes, nodeOfOther('False'))
    expect(scene.runner.queued).toEqual([{ namespace: 'default', name: 'twin' }])
    expect(scene.status.nodeRefs?.[0]?.uid).toBe('a-uid')
    expect(scene.node('a')?.metadata.annotations?.['cluster.x-k8s.io/owner-name']).toBe('np')
  })

  it('tries a Node again that could not be marked, without news of it', async () => {
    scene.putPool((pool) => (pool.spec.replicas = 1))
    scene.putReady([aws(1)])
    scene.workloadApi.onWrite = () => {
      throw new ApiError(500, { reason: 'InternalError', message: 'etcd is slow' }, 'PATCH')
    }
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(scene.node('a')?.metadata.annotations).toBeUndefined()
    scene.workloadApi.onWrite = undefined
    await scene.runner.reconcile(poolKey)
    expect(scene.node('a')?.metadata.annotations?.['cluster.x-k8s.io/owner-name']).toBe('np')
  })

  it('deletes a retired Node once the list can be trusted, also when that was first seen before', async () => {
    scene.putPool((pool) => (pool.spec.providerIDList = [aws(1)]))
    scene.putBootstrap({ ready: true, dataSecretName: 'np-data' })
    scene.putInfra({ providerIDList: [aws(1)] }, { ready: false, replicas: 1 })
    scene.putNode('a', aws(1))
    scene.putNode('gone', aws(9), {
      annotations: {
        'cluster.x-k8s.io/cluster-name': 'prod',
        'cluster.x-k8s.io/cluster-namespace': 'default',
        'cluster.x-k8s.io/owner-kind': 'MachinePool',
        'cluster.x-k8s.io/owner-name': 'np',
      },
    })
    await scene.settle()
    expect(scene.nodeNames).toEqual(['a', 'gone'])
    scene.putInfra({ providerIDList: [aws(1)] }, { ready: true, replicas: 1 })
    await scene.settle()
    expect(scene.nodeNames).toEqual(['a'])
  })

  it('becomes available by the passing of time (minReadySeconds)', async () => {
    scene.putPool((pool) => {
      pool.spec.replicas = 1
      pool.spec.template.spec.minReadySeconds = 60
    })
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1), { readySince: new Date(scene.clock.now()).toISOString() })
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 })
    expect(scene.condition('Available')).toBe('False: NotAvailable')
    expect(await scene.runner.reconcile(poolKey)).toEqual({ requeueAfterMs: 60_000 })
    await scene.clock.advance(60_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.status.availableReplicas).toBe(1)
    expect(scene.condition('Available')).toBe('True: Available')
  })
})

describe('matching', () => {
  it('CAPI-038 refers to Nodes of any cloud by name and UID, in the order of the list', async () => {
    const ids = [
      'gce://project/europe-west1-b/np-1',
      'azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/np/virtualMachines/0',
      aws(1),
    ]
    scene.putPool((pool) => (pool.spec.replicas = 3))
    scene.putReady(ids)
    for (const [index, name] of ['google', 'azure', 'amazon'].entries()) scene.putNode(name, ids[index])
    await scene.settle()
    expect(scene.status.nodeRefs).toEqual(
      ['google', 'azure', 'amazon'].map((name) => ({ apiVersion: 'v1', kind: 'Node', name, uid: `${name}-uid` })),
    )
  })

  it('CAPI-041 waits without an error while no instance has a Node', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('stranger', aws(9))
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    expect(scene.status).toMatchObject({ phase: 'ScalingUp', readyReplicas: 0 })
    expect(scene.message('ScalingUp')).toContain('waiting for the Nodes of 2 instances')
    await scene.clock.advance(10_000)
    expect(await scene.runner.reconcile(poolKey)).toEqual({ requeueAfterMs: 30_000 })
  })

  it('wakes a pool when a Node of it turns out to be of another instance', async () => {
    scene.putPool((pool) => (pool.spec.replicas = 1))
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1))
    await scene.settle()
    scene.putNode('a', aws(9), { uid: 'another-life' })
    expect(scene.runner.queued).toEqual([poolKey])
    await scene.settle()
    expect(scene.status).toMatchObject({ phase: 'ScalingUp', readyReplicas: 0 })
  })

  it('CAPI-042 takes equal instance ids under different prefixes for different instances', async () => {
    const zoneA = 'aws:///eu-west-1a/i-1'
    const zoneB = 'aws:///eu-west-1b/i-1'
    scene.putPool((pool) => (pool.spec.replicas = 1))
    scene.putReady([zoneB])
    scene.putNode('a', zoneA)
    scene.putNode('b', zoneB)
    await scene.settle()
    expect(scene.status.nodeRefs?.map(({ name }) => name)).toEqual(['b'])
    expect(scene.node('a')?.metadata.annotations).toBeUndefined()
  })

  it('CAPI-046 wakes a pool for exactly the instances it lists', async () => {
    scene.putPool()
    scene.putReady([])
    await scene.settle()
    scene.putNode('early', aws(1))
    expect(scene.runner.queued).toEqual([])
    scene.putReady([aws(1), aws(2)])
    await scene.settle()
    for (const [name, id] of [
      ['first', aws(1)],
      ['second', aws(2)],
    ] as const) {
      scene.putNode(name, id, { ready: false })
      expect(scene.runner.queued).toEqual([poolKey])
      await scene.settle()
    }
    scene.putNode('stranger', aws(3))
    scene.putNode('unnamed', undefined)
    expect(scene.runner.queued).toEqual([])
  })
})

async function runningWithMachines(): Promise<void> {
  scene.putPool()
  scene.putBootstrap({ ready: true, dataSecretName: 'np-data' })
  scene.putInfra(
    { providerIDList: [aws(1), aws(2)] },
    { ready: true, replicas: 2, infrastructureMachineKind: 'TestMachine' },
  )
  scene.putInfraMachine('np-a', aws(1))
  scene.putInfraMachine('np-b', aws(2))
  scene.putNode('a', aws(1))
  scene.putNode('b', aws(2))
  await scene.settle()
  expect(scene.status.phase).toBe('Running')
}

describe('upgrades and moves', () => {
  it('CAPI-091 stays Running with its Machines when a provider goes from contract v1beta1 to v1beta2', async () => {
    await runningWithMachines()
    const before = scene.machines
    scene.api.writes.length = 0
    scene.putReady([aws(1), aws(2)], { infrastructureMachineKind: 'TestMachine' })
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
    expect(scene.machines).toEqual(before)
    expect(scene.api.writes.filter(({ target }) => !target.startsWith('machinepools/'))).toEqual([])
  })

  it('CAPI-092 is whole again after a move that restores no status and changes every UID', async () => {
    await runningWithMachines()
    const moved = scene.pool
    const nodeWrites = scene.workloadApi.writes.length
    scene.api.drop(machinePools, poolKey)
    for (const machine of scene.machines)
      scene.api.drop(machines, { namespace: 'default', name: machine.metadata.name! })
    const config = scene.bootstrap!
    const infra = scene.infra!
    const { uid: _, resourceVersion: __, ...metadata } = moved.metadata
    const pool = scene.api.put(machinePools, { ...moved, metadata: { ...metadata, uid: 'moved-uid' }, status: {} })
    const ownedBy = { uid: pool.metadata.uid! }
    for (const [resource, object] of [
      [bootstrapConfigs, config],
      [infraPools, infra],
    ] as const) {
      object.metadata.ownerReferences = object.metadata.ownerReferences!.map((owner) => ({ ...owner, ...ownedBy }))
      scene.api.put(resource, object)
    }
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    expect(scene.status).toMatchObject({ phase: 'Running', replicas: 2, readyReplicas: 2 })
    expect(scene.machines.map(({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.uid)).toEqual([
      'moved-uid',
      'moved-uid',
    ])
    expect(scene.workloadApi.writes.length).toBe(nodeWrites)
    expect(scene.nodeNames).toEqual(['a', 'b'])
  })
})

describe('a restore from a backup', () => {
  it('takes back its config, infrastructure and Machines, which name it by the UID it had', async () => {
    await runningWithMachines()
    const { uid: before } = scene.pool.metadata
    scene.api.drop(machinePools, poolKey)
    scene.putPool()
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    const { uid } = scene.pool.metadata
    expect(uid).not.toBe(before)
    for (const object of [scene.bootstrap!, scene.infra!, ...scene.machines]) {
      expect(object.metadata.ownerReferences).toEqual([expect.objectContaining({ name: 'np', uid, controller: true })])
    }
    expect(scene.status).toMatchObject({ phase: 'Running', readyReplicas: 2 })
  })

  it('deletes what names the pool by the UID it had', async () => {
    await runningWithMachines()
    scene.api.drop(machinePools, poolKey)
    scene.putPool((pool) => {
      pool.metadata.finalizers = ['machinepool.cluster.x-k8s.io']
      pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'
    })
    await scene.settle()
    expect(scene.infra).toBeUndefined()
    expect(scene.bootstrap).toBeUndefined()
    expect(scene.exists).toBe(false)
  })
})

describe('writes', () => {
  it('CAPI-096 R6 writes nothing in steady state', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    scene.api.writes.length = 0
    scene.workloadApi.writes.length = 0
    await scene.runner.reconcile(poolKey)
    await scene.runner.reconcile(poolKey)
    expect(scene.api.writes).toEqual([])
    expect(scene.workloadApi.writes).toEqual([])
  })

  it('reads its own writes while the cache lags', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)])
    scene.api.holdCache(true)
    await scene.runner.reconcile(poolKey)
    await scene.runner.reconcile(poolKey)
    await scene.runner.reconcile(poolKey)
    expect(scene.writesTo('testmachinepools/np')).toBe(1)
    expect(scene.writesTo('machinepools/np')).toBe(2)
    expect(scene.writesTo('machinepools/np/status')).toBe(1)
  })

  it('creates a pool with few writes', async () => {
    scene.putPool((pool) => delete pool.metadata.creationTimestamp)
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    scene.putReady([])
    scene.putInfra({ providerIDList: [aws(1), aws(2)] }, { initialization: { provisioned: true }, replicas: 2 })
    await scene.settle()
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
    expect(scene.api.writes.map((write) => write.target)).toEqual([
      'machinepools/np',
      'testconfigs/np',
      'testmachinepools/np',
      'machinepools/np',
      'machinepools/np/status',
    ])
  })

  it('reports the progress of a new pool within five seconds, and trouble at once', async () => {
    scene.putPool((pool) => delete pool.metadata.creationTimestamp)
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.pool.status).toBeUndefined()
    expect(await scene.runner.reconcile(poolKey)).toEqual({ requeueAfterMs: 5_000 })
    await scene.clock.advance(5_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.status.phase).toBe('Pending')
    scene.putPool((pool) => {
      pool.metadata = { namespace: 'default', name: 'np' }
      pool.spec.template.spec.infrastructureRef.name = 'typo'
    })
    await scene.settle()
    expect(scene.condition('InfrastructureReady')).toBe('False: ObjectDoesNotExist')
  })
})

describe('Cluster', () => {
  it('waits for a Cluster that does not exist yet', async () => {
    scene.putPool((pool) => {
      pool.spec.clusterName = 'later'
      pool.spec.template.spec.clusterName = 'later'
    })
    scene.putReady([])
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
    expect(scene.message('Available')).toContain('Cluster later does not exist')
  })
})
