import { ApiError } from '@machinepool/kube'
import { beforeEach, describe, expect, it } from 'vitest'

import { aws, infraPools, bootstrapConfigs, poolKey, Scene } from './testing/scene.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
  scene.putPool()
})

async function running(): Promise<void> {
  scene.putReady([aws(1), aws(2)])
  scene.putNode('a', aws(1))
  scene.putNode('b', aws(2))
  await scene.settle()
}

const v1beta1 = (status: string, reason: string, message: string) => ({
  conditions: [
    { type: 'Ready', status, severity: 'Warning', reason, message, lastTransitionTime: '2026-03-01T11:00:00Z' },
  ],
})

describe('deprecated conditions', () => {
  it('CAPI-017 are all True when everything is ready', async () => {
    await running()
    for (const type of ['BootstrapReady', 'InfrastructureReady', 'ReplicasReady', 'Ready']) {
      expect(scene.deprecated(type)).toBe('True')
    }
  })

  it('CAPI-018 BootstrapReady mirrors a config that is not ready', async () => {
    scene.putBootstrap(v1beta1('False', 'Custom', 'because'))
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.deprecated('BootstrapReady')).toBe('False: Custom')
    expect(scene.condition('BootstrapConfigReady')).toBe('False: Custom')
    expect(scene.message('BootstrapConfigReady')).toBe('because')
    expect(scene.deprecated('Ready')).toBe('False: Custom')
  })

  it('CAPI-019 BootstrapReady falls back to WaitingForDataSecret', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.deprecated('BootstrapReady')).toBe('False: WaitingForDataSecret')
  })

  it('CAPI-020 InfrastructureReady mirrors infrastructure that is not ready', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, v1beta1('False', 'QuotaExceeded', 'no more'))
    await scene.settle()
    expect(scene.deprecated('InfrastructureReady')).toBe('False: QuotaExceeded')
    expect(scene.condition('InfrastructureReady')).toBe('False: QuotaExceeded')
  })

  it('CAPI-021 InfrastructureReady falls back to WaitingForInfrastructure', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.deprecated('InfrastructureReady')).toBe('False: WaitingForInfrastructure')
    expect(scene.condition('InfrastructureReady')).toBe('False: NotReady')
  })

  it('CAPI-022 InfrastructureReady names a reference to nothing', async () => {
    scene.putBootstrap({})
    await scene.settle()
    expect(scene.deprecated('InfrastructureReady')).toBe('False: IncorrectExternalRef')
    expect(scene.deprecated('Ready')).toBe('False: IncorrectExternalRef')
  })

  it('CAPI-018 CAPI-020 keep the severity of what they mirror, and Ready is the gravest of them', async () => {
    scene.putBootstrap(v1beta1('False', 'Custom', 'because'))
    const error = [{ ...v1beta1('False', 'Broken', 'for good').conditions[0], severity: 'Error' }]
    scene.putInfra({}, { conditions: error })
    await scene.settle()
    const severities = scene.status.deprecated?.v1beta1?.conditions?.map(({ type, severity }) => [type, severity])
    expect(severities).toEqual([
      ['Ready', 'Error'],
      ['BootstrapReady', 'Warning'],
      ['InfrastructureReady', 'Error'],
      ['ReplicasReady', 'Info'],
    ])
    expect(scene.deprecated('Ready')).toBe('False: Broken')
  })

  it('counts no unavailable replicas below zero', async () => {
    await running()
    scene.putReady([aws(1), aws(2)], { replicas: 1 })
    await scene.settle()
    expect(scene.status.deprecated?.v1beta1).toMatchObject({ availableReplicas: 2, unavailableReplicas: 0 })
  })

  it('CAPI-A09 ReplicasReady of a new pool without instances is not True', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.deprecated('ReplicasReady')).toBe('False: WaitingForReplicasReady')
  })
})

describe('conditions (R25)', () => {
  it('are all ten there, each with a reason, from the first status on, and one for tools that know none of them', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    const conditions = scene.status.conditions ?? []
    expect(conditions.map((condition) => condition.type)).toEqual([
      'Available',
      'BootstrapConfigReady',
      'Deleting',
      'InfrastructureReady',
      'MachinesReady',
      'MachinesUpToDate',
      'Paused',
      'Reconciling',
      'Remediating',
      'ScalingDown',
      'ScalingUp',
    ])
    expect(conditions.every((condition) => condition.reason !== '')).toBe(true)
  })

  it('say that a pool is as wanted', async () => {
    await running()
    expect(scene.condition('Available')).toBe('True: Available')
    expect(scene.condition('MachinesReady')).toBe('True: Ready')
    expect(scene.condition('MachinesUpToDate')).toBe('True: UpToDate')
    expect(scene.condition('ScalingUp')).toBe('False: NotScalingUp')
    expect(scene.condition('ScalingDown')).toBe('False: NotScalingDown')
    expect(scene.condition('Deleting')).toBe('False: NotDeleting')
    expect(scene.condition('Remediating')).toBe('False: NotRemediating')
  })

  it('tell tools that know none of them what is not done yet, and nothing when all is', async () => {
    const progress = () => [scene.condition('Reconciling'), scene.condition('Stalled')]
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(progress()).toEqual(['True: ScalingUp', undefined])
    expect(scene.message('Reconciling')).toMatch(/^ScalingUp: Scaling up from 1 to 2 available replicas/)
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(progress()).toEqual([undefined, undefined])
    scene.changePool((pool) => (pool.spec.template.spec.version = 'v1.34.0'))
    await scene.settle()
    expect(progress()).toEqual(['True: NotUpToDate', undefined])
  })

  it('tell tools to give up on what no waiting mends, and no longer than that', async () => {
    scene.putReady([], { failureReason: 'CreateError', failureMessage: 'no such subnet' })
    await scene.settle()
    expect([scene.condition('Stalled'), scene.condition('Reconciling')]).toEqual(['True: CreateError', undefined])
    expect(scene.message('Stalled')).toContain('no such subnet')
    await running()
    expect(scene.condition('Stalled')).toBeUndefined()
    const config = scene.bootstrap!
    config.metadata.ownerReferences = [
      { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachinePool', name: 'other', uid: 'other', controller: true },
    ]
    scene.api.put(bootstrapConfigs, config)
    await scene.settle()
    expect(scene.condition('Stalled')).toBe('True: OwnedByOther')
  })

  it('do not call a pool stalled whose parts are applied a moment later', async () => {
    await scene.settle()
    expect([scene.condition('Reconciling'), scene.condition('Stalled')]).toEqual([
      'True: ObjectDoesNotExist',
      undefined,
    ])
  })

  it('name what a growing pool waits for', async () => {
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(scene.condition('ScalingUp')).toBe('True: ScalingUp')
    expect(scene.message('ScalingUp')).toBe(
      'Scaling up from 1 to 2 available replicas\n* waiting for the Nodes of 1 instance to join',
    )
    expect(scene.message('Available')).toBe('* 1 available replicas, at least 2 required')
  })

  it('say that a pool is not available while its infrastructure is not ready', async () => {
    await running()
    scene.putReady([aws(1), aws(2)], v1beta1('False', 'ScaleDownFailed', 'no permission'))
    await scene.settle()
    expect(scene.condition('InfrastructureReady')).toBe('False: ScaleDownFailed')
    expect(scene.condition('Available')).toBe('False: NotAvailable')
    expect(scene.message('Available')).toBe('* InfrastructureReady: no permission')
  })

  it('do not know what a pool without replicas is to be', async () => {
    scene.changePool((pool) => delete pool.spec.replicas)
    await running()
    for (const type of ['Available', 'ScalingUp', 'ScalingDown']) {
      expect(scene.condition(type)).toBe('Unknown: WaitingForReplicasSet')
    }
  })

  it('do not know what a server keeps to itself', async () => {
    await running()
    const infra = scene.infra!
    delete infra.metadata.ownerReferences
    scene.api.put(infraPools, infra)
    scene.api.onWrite = ({ target }) => {
      if (target === 'testmachinepools/np') {
        throw new ApiError(500, { reason: 'InternalError', message: 'etcd is slow' }, 'PATCH')
      }
    }
    await scene.runner.reconcile(poolKey).catch(() => undefined)
    expect(scene.condition('InfrastructureReady')).toBe('Unknown: InternalError')
    expect(scene.message('InfrastructureReady')).toContain('etcd is slow')
  })

  it('say that a bootstrap config was deleted, as its data stays', async () => {
    await running()
    scene.api.drop(bootstrapConfigs, { namespace: 'default', name: 'np' })
    await scene.settle()
    expect(scene.condition('BootstrapConfigReady')).toBe('False: ObjectDeleted')
    expect(scene.status.initialization?.bootstrapDataSecretCreated).toBe(true)
    await scene.runner.reconcile(poolKey).catch(() => undefined)
    expect(scene.condition('BootstrapConfigReady')).toBe('False: ObjectDeleted')
  })

  it('say that a shrinking pool shrinks', async () => {
    await running()
    scene.changePool((pool) => (pool.spec.replicas = 1))
    await scene.settle()
    expect(scene.deprecated('ReplicasReady')).toBe('True')
    expect(scene.condition('ScalingDown')).toBe('True: ScalingDown')
    expect(scene.condition('Available')).toBe('True: Available')
  })

  it('name Nodes of another version, counted by what kubelets run', async () => {
    scene.putReady([aws(1), aws(2), aws(3)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2), { version: 'v1.32.9' })
    scene.putNode('c', aws(3), { version: 'v1.33.1-eks-1a2b3c4' })
    await scene.settle()
    expect(scene.status.upToDateReplicas).toBe(2)
    expect(scene.condition('MachinesUpToDate')).toBe('False: NotUpToDate')
    expect(scene.message('MachinesUpToDate')).toContain('Node b')
    expect(scene.status.versions).toEqual([
      { version: 'v1.32.9', replicas: 1 },
      { version: 'v1.33.1', replicas: 1 },
      { version: 'v1.33.1-eks-1a2b3c4', replicas: 1 },
    ])
  })

  it('name a rollout at the same version when the provider counts outdated instances', async () => {
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(scene.condition('MachinesUpToDate')).toBe('True: UpToDate')
    const infra = scene.infra!
    infra.metadata.annotations = { 'machinepool.dev/outdated-replicas': '2' }
    scene.api.put(infraPools, infra)
    await scene.settle()
    expect(scene.status.upToDateReplicas).toBe(0)
    expect(scene.condition('MachinesUpToDate')).toBe('False: NotUpToDate')
    expect(scene.message('MachinesUpToDate')).toContain('rolling out: 2 of 2 instances')
  })

  it('keep the time of their last transition', async () => {
    await running()
    const time = () => scene.status.conditions?.find((condition) => condition.type === 'Available')?.lastTransitionTime
    expect(time()).toBe('2026-03-01T12:00:00Z')
    await scene.clock.advance(60_000)
    scene.changePool((pool) => (pool.metadata.labels = { ...pool.metadata.labels, a: 'b' }))
    await scene.settle()
    expect(time()).toBe('2026-03-01T12:00:00Z')
    scene.putNode('b', aws(2), { ready: false })
    await scene.settle()
    expect(time()).toBe('2026-03-01T12:01:00Z')
  })

  it('report the observed generation only of a pass without errors', async () => {
    await running()
    expect(scene.status.observedGeneration).toBe(scene.pool.metadata.generation)
    scene.api.drop(bootstrapConfigs, { namespace: 'default', name: 'np' })
    scene.changePool((pool) => (pool.spec.replicas = 3))
    await scene.settle()
    expect(scene.status.observedGeneration).toBe((scene.pool.metadata.generation ?? 0) - 1)
  })
})

describe('phases', () => {
  it('CAPI-023 Pending while nothing is ready', async () => {
    scene.putBootstrap({})
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.status.phase).toBe('Pending')
  })

  it('CAPI-024 Provisioning once there is bootstrap data', async () => {
    scene.putReady([])
    scene.putInfra({}, {})
    await scene.settle()
    expect(scene.status.phase).toBe('Provisioning')
  })

  it('CAPI-025 CAPI-027 ScalingUp while Nodes are there and not ready', async () => {
    scene.putReady([aws(1), aws(2)])
    scene.putNode('a', aws(1), { ready: false })
    await scene.settle()
    expect(scene.status.phase).toBe('ScalingUp')
    expect(scene.status.nodeRefs).toHaveLength(1)
  })

  it('CAPI-026 Running, also when infrastructure reports no replicas', async () => {
    await running()
    expect(scene.status.phase).toBe('Running')
    scene.changePool((pool) => (pool.spec.replicas = 0))
    scene.putInfra({}, { ready: true })
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
  })

  it('CAPI-028 CAPI-033 ScalingDown below the ready Nodes', async () => {
    await running()
    scene.changePool((pool) => (pool.spec.replicas = 0))
    await scene.settle()
    expect(scene.status.phase).toBe('ScalingDown')
  })

  it.each([
    ['external', 'Scaling'],
    ['', 'Scaling'],
    ['false', 'ScalingUp'],
  ])('CAPI-029 with replicas-managed-by %j: %s', async (value, phase) => {
    await running()
    scene.changePool((pool) => {
      pool.metadata.annotations = { 'cluster.x-k8s.io/replicas-managed-by': value }
      pool.spec.replicas = 3
    })
    await scene.settle()
    expect(scene.status.phase).toBe(phase)
  })

  it('CAPI-031 CAPI-032 Running through a switch of the bootstrap config', async () => {
    await running()
    scene.changePool((pool) => (pool.spec.template.spec.bootstrap.configRef!.name = 'np2'))
    scene.putBootstrap({}, 'np2')
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('np-data')
    scene.putBootstrap({ initialization: { dataSecretCreated: true }, dataSecretName: 'np2-data' }, 'np2')
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
    expect(scene.pool.spec.template.spec.bootstrap.dataSecretName).toBe('np2-data')
  })

  it('CAPI-015 CAPI-035 CAPI-036 CAPI-037 from zero and back', async () => {
    scene.changePool((pool) => (pool.spec.replicas = 0))
    scene.putReady([])
    await scene.settle()
    expect(scene.status).toMatchObject({ phase: 'Running', replicas: 0, readyReplicas: 0, availableReplicas: 0 })
    scene.changePool((pool) => (pool.spec.replicas = 1))
    await scene.settle()
    expect(scene.status.phase).toBe('ScalingUp')
    scene.putReady([aws(1)])
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
  })
})

describe('counters', () => {
  it('CAPI-039 CAPI-052 CAPI-D10 count Nodes, not wishes, in a pool without Machines', async () => {
    scene.changePool((pool) => (pool.spec.replicas = 3))
    scene.putReady([aws(1), aws(2), aws(3)])
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2), { ready: false })
    await scene.settle()
    expect(scene.status).toMatchObject({ replicas: 3, readyReplicas: 1, availableReplicas: 1, upToDateReplicas: 2 })
    expect(scene.status.deprecated?.v1beta1).toMatchObject({
      readyReplicas: 1,
      availableReplicas: 1,
      unavailableReplicas: 2,
    })
    expect(scene.status.nodeRefs).toHaveLength(2)
  })
})
