import { poolNameLabelValue, type Machine } from '@machinepool/api'
import { beforeEach, describe, expect, it } from 'vitest'

import { machines } from './objects.ts'
import { aws, infraMachines, poolKey, Scene } from './testing/scene.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

const withMachines = { infrastructureMachineKind: 'TestMachine' }

const condition = (type: string, status: 'True' | 'False') => ({
  type,
  status,
  reason: 'X',
  message: '',
  lastTransitionTime: '2026-03-01T12:00:00Z',
})

describe('MachinePool Machines', () => {
  it('CAPI-047 CAPI-A11 CAPI-D09 makes one Machine per infrastructure machine, with what the template says', async () => {
    scene.putPool((pool) => {
      pool.spec.template.metadata = { labels: { tier: 'web' }, annotations: { note: 'x' } }
      pool.spec.template.spec.minReadySeconds = 30
      pool.spec.template.spec.readinessGates = [{ conditionType: 'Storage' }]
      pool.spec.template.spec.deletion = { nodeDrainTimeoutSeconds: 60, nodeVolumeDetachTimeoutSeconds: 20 }
    })
    scene.putReady([aws(1), aws(2)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.putInfraMachine('np-b', aws(2))
    scene.putNode('a', aws(1), { version: 'v1.32.9' })
    await scene.settle()
    expect(scene.machines.map((machine) => machine.metadata.name)).toEqual(['np-a', 'np-b'])
    const [first, second] = scene.machines
    expect(first?.metadata).toMatchObject({
      namespace: 'default',
      labels: { tier: 'web', 'cluster.x-k8s.io/cluster-name': 'prod', 'cluster.x-k8s.io/pool-name': 'np' },
      annotations: { note: 'x' },
      ownerReferences: [
        expect.objectContaining({ kind: 'MachinePool', uid: scene.pool.metadata.uid, controller: true }),
      ],
    })
    expect(first?.spec).toEqual({
      clusterName: 'prod',
      bootstrap: { dataSecretName: '' },
      infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'TestMachine', name: 'np-a' },
      version: 'v1.32.9',
      minReadySeconds: 30,
      readinessGates: [{ conditionType: 'Storage' }],
      deletion: { nodeDrainTimeoutSeconds: 60, nodeVolumeDetachTimeoutSeconds: 20 },
    })
    expect(second?.spec.version).toBe('v1.33.1')
  })

  it('CAPI-048 applies nothing twice, and again when the template changes', async () => {
    scene.putPool((pool) => (pool.spec.template.metadata = { labels: { tier: 'web', gone: 'soon' } }))
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    await scene.runner.reconcile(poolKey)
    expect(scene.writesTo('machines/np-a')).toBe(1)
    scene.changePool((pool) => (pool.spec.template.metadata = { labels: { tier: 'web' } }))
    await scene.settle()
    expect(scene.writesTo('machines/np-a')).toBe(2)
  })

  it('CAPI-049 CAPI-053 makes none without a machine kind', async () => {
    scene.putPool()
    scene.putReady([aws(1)], { infrastructureMachineKind: '' })
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    expect(scene.machines).toEqual([])
  })

  it('makes none for an infrastructure machine that is going', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    const going = scene.api.get(infraMachines, { namespace: 'default', name: 'np-a' })!
    scene.api.put(infraMachines, {
      ...going,
      metadata: { ...going.metadata, deletionTimestamp: '2026-03-01T12:00:00Z', finalizers: ['provider'] },
    })
    await scene.settle()
    expect(scene.machines).toEqual([])
  })

  it('CAPI-050 CAPI-054 CAPI-A10 finds its infrastructure machines by hash where the name is no label value', async () => {
    const name = `np-${'x'.repeat(70)}`
    scene.putPool((pool) => (pool.metadata.name = name))
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1), { 'cluster.x-k8s.io/pool-name': poolNameLabelValue(name) })
    scene.putInfraMachine('stranger', aws(2), { 'cluster.x-k8s.io/pool-name': 'np' })
    await scene.settle()
    expect(scene.machines.map((machine) => machine.metadata.name)).toEqual(['np-a'])
    expect(scene.machines[0]?.metadata.labels?.['cluster.x-k8s.io/pool-name']).toMatch(/^hash_.+_z$/)
    scene.putInfraMachine('np-b', aws(3), { 'cluster.x-k8s.io/pool-name': poolNameLabelValue(name) })
    expect(scene.runner.queued).toEqual([{ namespace: 'default', name }])
    await scene.settle()
    scene.putInfraMachine('np-c', aws(4), { 'cluster.x-k8s.io/pool-name': 'unknown' })
    expect(scene.runner.queued).toEqual([])
  })

  it('CAPI-051 leaves a Machine of somebody else alone and does not count it', async () => {
    scene.api.put<Machine>(machines, {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Machine',
      metadata: {
        namespace: 'default',
        name: 'np-a',
        ownerReferences: [
          { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachineSet', name: 'ms', uid: 'ms', controller: true },
        ],
      },
      spec: {
        clusterName: 'prod',
        bootstrap: { dataSecretName: '' },
        infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'TestMachine', name: 'np-a' },
      },
    })
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    expect(scene.runner.errors.map(String)[0]).toContain('Machine np-a is already controlled by MachineSet ms')
    expect(scene.writesTo('machines/np-a')).toBe(0)
    expect(scene.status.readyReplicas).toBe(0)
  })

  it('CAPI-052 CAPI-D08 counts the True conditions of Machines, at once when a Machine changes', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.putInfraMachine('np-b', aws(2))
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2))
    await scene.settle()
    const report = (name: string, ready: 'True' | 'False', upToDate: 'True' | 'False') => {
      const machine = scene.api.get(machines, { namespace: 'default', name })!
      machine.status = {
        conditions: [condition('Ready', ready), condition('Available', ready), condition('UpToDate', upToDate)],
      }
      scene.api.put(machines, machine)
    }
    report('np-a', 'True', 'True')
    report('np-b', 'False', 'True')
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1, upToDateReplicas: 2 })
    expect(scene.status.deprecated?.v1beta1?.readyReplicas).toBe(2)
    report('np-b', 'True', 'False')
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 2, availableReplicas: 2, upToDateReplicas: 1 })
  })

  it('Remediating names Machines that wait for it', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    const machine = scene.machines[0]!
    machine.status = {
      conditions: [
        {
          type: 'OwnerRemediated',
          status: 'False',
          reason: 'X',
          message: '',
          lastTransitionTime: '2026-03-01T12:00:00Z',
        },
      ],
    }
    scene.api.put(machines, machine)
    await scene.settle()
    expect(scene.condition('Remediating')).toBe('True: Remediating')
    expect(scene.message('Remediating')).toContain('np-a')
  })
})
