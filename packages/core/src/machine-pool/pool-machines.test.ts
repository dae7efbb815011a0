import { poolNameLabelValue, type Machine } from '@machinepool/api'
import { ApiError, nodes } from '@machinepool/kube'
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

function ask(...asking: string[]): void {
  for (const name of asking) {
    const machine = scene.api.get(machines, { namespace: 'default', name })!
    const conditions = [...(machine.status?.conditions ?? []), condition('OwnerRemediated', 'False')]
    scene.api.put(machines, { ...machine, status: { ...machine.status, conditions } })
  }
}
function goingMachines(): string[] {
  return scene.machines.filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name ?? '')
}

function deprecate(name: string, ...conditions: { type: string; status: 'True' | 'False' }[]): void {
  const machine = scene.api.get(machines, { namespace: 'default', name })!
  const old = conditions.map((entry) => ({ ...entry, lastTransitionTime: '2026-03-01T12:00:00Z' }))
  scene.api.put(machines, { ...machine, status: { ...machine.status, deprecated: { v1beta1: { conditions: old } } } })
}
function ownerRemediated(name: string) {
  const { status } = scene.api.get(machines, { namespace: 'default', name })!
  const old = status?.deprecated?.v1beta1?.conditions?.find(({ type }) => type === 'OwnerRemediated')
  const found = status?.conditions?.find(({ type }) => type === 'OwnerRemediated')
  return { reason: found?.reason, message: found?.message, v1beta1: old?.status }
}

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
      providerID: aws(1),
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

  it('CAPI-095 gives a Machine its owner and labels back', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    const [machine] = scene.machines
    const { ownerReferences, labels } = machine!.metadata
    delete machine!.metadata.ownerReferences
    delete machine!.metadata.labels
    scene.api.put(machines, machine!)
    await scene.runner.reconcile(poolKey)
    expect(scene.machines[0]?.metadata).toMatchObject({ ownerReferences, labels })
  })

  it.each([{}, { infrastructureMachineKind: '' }])('CAPI-049 CAPI-053 makes none with status %j', async (status) => {
    scene.putPool()
    scene.putReady([aws(1)], status)
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
    const report = (name: string, ready: 'True' | 'False') => {
      const machine = scene.api.get(machines, { namespace: 'default', name })!
      machine.status = { conditions: [condition('Ready', ready), condition('Available', ready)] }
      scene.api.put(machines, machine)
    }
    report('np-a', 'True')
    report('np-b', 'False')
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1, upToDateReplicas: 2 })
    expect(scene.status.deprecated?.v1beta1?.readyReplicas).toBe(2)
    report('np-b', 'True')
    scene.putNode('b', aws(2), { version: 'v1.32.9' })
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 2, availableReplicas: 2, upToDateReplicas: 1 })
  })

  it('says of each Machine whether it is as wanted, by what its kubelet runs', async () => {
    scene.putPool()
    scene.putReady([aws(1), aws(2), aws(3)], withMachines)
    for (const [index, name] of ['a', 'b', 'c'].entries()) scene.putInfraMachine(`np-${name}`, aws(index + 1))
    scene.putNode('a', aws(1))
    scene.putNode('b', aws(2), { version: 'v1.32.9' })
    await scene.settle()
    const upToDate = () =>
      scene.machines.map((machine) => machine.status?.conditions?.find(({ type }) => type === 'UpToDate'))
    expect(upToDate().map((found) => found?.status)).toEqual(['True', 'False', 'True'])
    expect(upToDate()[1]?.message).toContain('v1.32.9, v1.33.1 required')
    const writes = scene.writesTo('machines/np-a/status')
    scene.putNode('b', aws(2))
    await scene.settle()
    expect(upToDate().map((found) => found?.status)).toEqual(['True', 'True', 'True'])
    expect(scene.writesTo('machines/np-a/status')).toBe(writes)
  })

  it('counts Machines that nobody reports on by their Nodes', async () => {
    scene.putPool((pool) => {
      pool.spec.replicas = 1
      pool.spec.template.spec.minReadySeconds = 60
    })
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.putNode('a', aws(1), { readySince: new Date(scene.clock.now()).toISOString() })
    await scene.settle()
    expect(scene.status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 })
    await scene.clock.advance(60_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 })
  })

  it('leaves the labels of Nodes to their Machines', async () => {
    scene.putPool((pool) => (pool.spec.template.metadata = { labels: { 'node.cluster.x-k8s.io/tier': 'web' } }))
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(scene.node('a')?.metadata.annotations?.['cluster.x-k8s.io/owner-name']).toBe('np')
    expect(scene.node('a')?.metadata.labels).toBeUndefined()
  })

  it('does not mind a Machine that changed while its conditions were written', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.api.onWrite = ({ target }) => {
      if (target === 'machines/np-a/status')
        throw new ApiError(409, { reason: 'Conflict', message: 'changed' }, 'PATCH')
    }
    await scene.settle()
    expect(scene.runner.errors).toEqual([])
  })

  it('keeps the version of a Machine whose Node is away', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    scene.putNode('a', aws(1), { version: 'v1.32.9' })
    await scene.settle()
    scene.workloadApi.drop(nodes, { name: 'a' })
    await scene.settle()
    expect(scene.machines[0]?.spec.version).toBe('v1.32.9')
  })

  it('does not make anew a Machine that is going while its instance is still there', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    const [machine] = scene.machines
    machine!.metadata.finalizers = ['machine.cluster.x-k8s.io']
    machine!.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'
    scene.api.put(machines, machine!)
    scene.changePool((pool) => (pool.spec.template.metadata = { labels: { tier: 'web' } }))
    const writes = scene.writesTo('machines/np-a')
    await scene.settle()
    expect(scene.writesTo('machines/np-a')).toBe(writes)
  })

  it('counts no Machine that a pool of the same name had before it', async () => {
    scene.putPool((pool) => (pool.spec.replicas = 1))
    scene.putReady([aws(1)], withMachines)
    scene.putInfraMachine('np-a', aws(1))
    await scene.settle()
    const [machine] = scene.machines
    const { uid: _, resourceVersion: __, ...metadata } = machine!.metadata
    scene.api.put(machines, {
      ...machine!,
      metadata: {
        ...metadata,
        name: 'left-behind',
        ownerReferences: metadata.ownerReferences!.map((owner) => ({ ...owner, uid: 'before' })),
      },
      status: { conditions: [condition('Ready', 'True')] },
    })
    await scene.clock.advance(10_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.status.readyReplicas).toBe(0)
  })

  it('takes no infrastructure machine of another cluster for its own', async () => {
    scene.putPool()
    scene.putReady([aws(1)], withMachines)
    await scene.settle()
    scene.putInfraMachine('stranger', aws(1), { 'cluster.x-k8s.io/cluster-name': 'other' })
    expect(scene.runner.queued).toEqual([])
    await scene.runner.reconcile(poolKey)
    expect(scene.machines).toEqual([])
  })

  describe('a health check asks for remediation', () => {
    const names = ['np-a', 'np-b', 'np-c']
    beforeEach(async () => {
      scene.putPool((pool) => (pool.spec.replicas = 3))
      scene.putReady([aws(1), aws(2), aws(3)], withMachines)
      for (const [index, name] of names.entries()) {
        scene.putInfraMachine(name, aws(index + 1))
        scene.putNode(name, aws(index + 1))
      }
      await scene.settle()
      for (const machine of scene.machines) {
        machine.metadata.finalizers = ['machine.cluster.x-k8s.io']
        scene.api.put(machines, machine)
      }
      await scene.settle()
    })

    it('replaces one Machine at a time and names those that wait', async () => {
      ask('np-b', 'np-a')
      await scene.settle()
      expect(goingMachines()).toEqual(['np-a'])
      expect(scene.condition('Remediating')).toBe('True: Remediating')
      expect(scene.message('Remediating')).toBe('to be remediated: Machines np-b, np-a')
      expect(scene.runner.events).toContainEqual({
        object: 'MachinePool np',
        type: 'Normal',
        reason: 'RemediatingMachine',
        message: 'replacing unhealthy Machine np-a',
      })
      await scene.runner.reconcile(poolKey)
      expect(goingMachines()).toEqual(['np-a'])
    })

    it('goes on when the replacement is available', async () => {
      ask('np-a', 'np-b')
      await scene.settle()
      scene.api.drop(machines, { namespace: 'default', name: 'np-a' })
      scene.api.drop(infraMachines, { namespace: 'default', name: 'np-a' })
      scene.putReady([aws(2), aws(3)], withMachines)
      await scene.settle()
      expect(goingMachines()).toEqual([])
      scene.putReady([aws(2), aws(3), aws(4)], withMachines)
      scene.putInfraMachine('np-d', aws(4))
      await scene.settle()
      expect(goingMachines()).toEqual([])
      scene.putNode('np-d', aws(4))
      await scene.settle()
      expect(goingMachines()).toEqual(['np-b'])
    })

    it('waits while another Machine is not available for a reason of its own', async () => {
      scene.putNode('np-c', aws(3), { ready: false })
      ask('np-a')
      await scene.settle()
      expect(goingMachines()).toEqual([])
      scene.putNode('np-c', aws(3))
      await scene.settle()
      expect(goingMachines()).toEqual(['np-a'])
    })

    it('tells each Machine what became of the request', async () => {
      ask('np-b', 'np-a')
      await scene.settle()
      expect(ownerRemediated('np-a').reason).toBe('MachineDeleting')
      expect(ownerRemediated('np-b')).toMatchObject({
        reason: 'RemediationDeferred',
        message: 'waiting: of 3 replicas 1 may be unavailable for remediation, and 1 are',
      })
    })

    it('leaves a Machine alone that is healthy again before its turn, and takes the request back', async () => {
      ask('np-a', 'np-b')
      await scene.settle()
      const recovered = scene.api.get(machines, { namespace: 'default', name: 'np-b' })!
      recovered.status!.conditions!.push(condition('HealthCheckSucceeded', 'True'))
      scene.api.put(machines, recovered)
      scene.api.drop(machines, { namespace: 'default', name: 'np-a' })
      scene.api.drop(infraMachines, { namespace: 'default', name: 'np-a' })
      scene.changePool((pool) => (pool.spec.replicas = 2))
      scene.putReady([aws(2), aws(3)], withMachines)
      await scene.settle()
      expect(goingMachines()).toEqual([])
      expect(ownerRemediated('np-b').reason).toBeUndefined()
      expect(scene.condition('Remediating')).toBe('False: NotRemediating')
    })

    it('is heard in the words of API version v1beta1, too', async () => {
      deprecate('np-c', { type: 'HealthCheckSucceeded', status: 'False' }, { type: 'OwnerRemediated', status: 'False' })
      deprecate('np-a', { type: 'HealthCheckSucceeded', status: 'True' }, { type: 'OwnerRemediated', status: 'False' })
      await scene.settle()
      expect(goingMachines()).toEqual(['np-c'])
      expect(ownerRemediated('np-c').v1beta1).toBe('True')
      expect(ownerRemediated('np-a').v1beta1).toBeUndefined()
    })

    it('names a Machine that is unhealthy without being for the pool to replace', async () => {
      const machine = scene.api.get(machines, { namespace: 'default', name: 'np-a' })!
      machine.status!.conditions!.push(condition('HealthCheckSucceeded', 'False'))
      scene.api.put(machines, machine)
      await scene.settle()
      expect(goingMachines()).toEqual([])
      expect(scene.condition('Remediating')).toBe('False: NotRemediating')
      expect(scene.message('Remediating')).toContain('np-a')
    })

    it('takes as many as the pool allows', async () => {
      scene.changePool((pool) => {
        pool.metadata.annotations = { 'machinepool.dev/remediation-max-unavailable': '70%' }
      })
      ask('np-a', 'np-b', 'np-c')
      await scene.settle()
      expect(goingMachines()).toEqual(['np-a', 'np-b'])
    })
  })
})
