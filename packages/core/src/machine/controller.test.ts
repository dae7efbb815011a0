import type { Machine } from '@machinepool/api'
import { nodes } from '@machinepool/kube'
import { createTestManager, type TestManager } from '@machinepool/runtime/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { clusters, machinePools, machines } from '../machine-pool/objects.ts'
import { aws, clusterKey, infraMachines, poolKey, Scene } from '../machine-pool/testing/scene.ts'
import { createMachineController } from './controller.ts'

let scene: Scene
let runner: TestManager

const key = { namespace: 'default', name: 'np-a' }
const preTerminate = 'pre-terminate.delete.hook.machine.cluster.x-k8s.io/deregister'

/** Both controllers, in turn, until neither has anything to do. */
async function settle(): Promise<void> {
  do {
    // oxlint-disable-next-line no-await-in-loop
    await scene.settle()
    // oxlint-disable-next-line no-await-in-loop
    await runner.settle()
  } while (scene.runner.queued.length + runner.queued.length > 0)
}

function startProcess(): void {
  runner = createTestManager(scene.api, scene.clock)
  createMachineController(runner.manager, { workloadClusters: scene.workloads })
}

beforeEach(async () => {
  scene = new Scene()
  startProcess()
  scene.putPool((pool) => {
    pool.spec.replicas = 1
    pool.spec.template.metadata = { labels: { 'node-role.kubernetes.io/web': '', tier: 'x' } }
  })
  scene.putReady([aws(1)], { infrastructureMachineKind: 'TestMachine' })
  putInfraMachine({ providerID: aws(1) }, { initialization: { provisioned: true }, interruptible: true })
  scene.putNode('a', aws(1), { taints: [{ key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' }] })
  await settle()
})

function putInfraMachine(spec: Record<string, unknown>, status: Record<string, unknown>): void {
  scene.putInfraMachine(key.name)
  const object = scene.api.get(infraMachines, key)!
  object.metadata.finalizers = ['provider']
  scene.api.put(infraMachines, {
    ...object,
    spec,
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], ...status },
  })
}

const machine = (): Machine | undefined => scene.api.get(machines, key)
const infraMachine = () => scene.api.get(infraMachines, key)

function condition(type: string): string | undefined {
  const found = machine()?.status?.conditions?.find((entry) => entry.type === type)
  return found === undefined ? undefined : `${found.status}: ${found.reason}`
}

function change(edit: (found: Machine) => void): void {
  const found = machine()!
  edit(found)
  scene.api.put(machines, found)
}

const remove = (): Promise<unknown> => scene.api.client.delete(machines, key)

/** What the provider does when its instance is gone. */
function instanceGone(): void {
  scene.api.drop(infraMachines, key)
}

describe('a Machine of a pool', () => {
  it('is bound to its infrastructure machine and its Node', () => {
    expect(machine()?.metadata.finalizers).toEqual(['machine.cluster.x-k8s.io'])
    expect(machine()?.spec.providerID).toBe(aws(1))
    expect(infraMachine()?.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Machine', name: 'np-a', uid: machine()!.metadata.uid, controller: true }),
    ])
    expect(machine()?.status).toMatchObject({
      phase: 'Running',
      nodeRef: { name: 'a' },
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      initialization: { infrastructureProvisioned: true, bootstrapDataSecretCreated: true },
    })
    const good = ['Ready', 'Available', 'UpToDate', 'InfrastructureReady', 'NodeReady', 'NodeHealthy']
    expect(good.filter((type) => condition(type)?.startsWith('True: ') !== true)).toEqual([])
    expect(scene.status).toMatchObject({ phase: 'Running', readyReplicas: 1, availableReplicas: 1 })
  })

  it('gives its Node its name, the labels that belong there, and takes off the taint', () => {
    const node = scene.node('a')!
    expect(node.metadata.labels).toEqual({ 'node-role.kubernetes.io/web': '', 'cluster.x-k8s.io/interruptible': '' })
    expect(node.metadata.annotations).toMatchObject({ 'cluster.x-k8s.io/machine': 'np-a' })
    expect(node.spec?.taints).toEqual([])
  })

  it('writes nothing in steady state', async () => {
    scene.api.writes.length = 0
    scene.workloadApi.writes.length = 0
    await runner.reconcile(key)
    await scene.runner.reconcile(poolKey)
    expect([...scene.api.writes, ...scene.workloadApi.writes]).toEqual([])
  })

  it('reports a Node that is not ready, and one that was deleted', async () => {
    scene.putNode('a', aws(1), { ready: false, annotations: { 'cluster.x-k8s.io/machine': 'np-a' } })
    await settle()
    expect(condition('Ready')).toBe('False: NotReady')
    expect(condition('NodeHealthy')).toBe('False: NodeNotHealthy')
    expect(scene.status.readyReplicas).toBe(0)
    scene.workloadApi.drop(
      { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
      { name: 'a' },
    )
    await settle()
    expect(condition('NodeReady')).toBe('False: NodeDeleted')
  })

  it('keeps what it knows of its Node through a short outage and the start of a process', async () => {
    scene.workloads.disconnect(clusterKey, 'connection refused')
    startProcess()
    scene.api.writes.length = 0
    await runner.reconcile(key)
    expect(scene.api.writes).toEqual([])
    expect(condition('Ready')).toBe('True: Ready')
    await scene.clock.advance(5 * 60_000)
    await runner.reconcile(key)
    expect(condition('NodeReady')).toBe('Unknown: ConnectionDown')
    expect(condition('Ready')).toBe('Unknown: ReadyUnknown')
  })

  it('takes its infrastructure machine back after a restore from a backup', async () => {
    const object = infraMachine()!
    object.metadata.ownerReferences![0]!.uid = 'before-the-restore'
    scene.api.put(infraMachines, object)
    await runner.reconcile(key)
    expect(infraMachine()?.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Machine', uid: machine()!.metadata.uid, controller: true }),
    ])
  })

  it('is available after minReadySeconds', async () => {
    change((found) => (found.spec.minReadySeconds = 60))
    await runner.settle()
    expect(await runner.reconcile(key)).toEqual({ requeueAfterMs: 60_000 })
    expect(condition('Available')).toBe('False: WaitingForMinReadySeconds')
    await scene.clock.advance(60_000)
    await runner.reconcile(key)
    expect(condition('Available')).toBe('True: Available')
  })

  it('waits for its readiness gates', async () => {
    change((found) => (found.spec.readinessGates = [{ conditionType: 'Storage' }]))
    await runner.settle()
    expect(condition('Ready')).toBe('Unknown: ReadyUnknown')
  })

  it('is left alone while paused, and when no pool controls it', async () => {
    scene.api.writes.length = 0
    change((found) => (found.metadata.annotations = { 'cluster.x-k8s.io/paused': '' }))
    await remove()
    await runner.settle()
    expect(infraMachine()?.metadata.deletionTimestamp).toBeUndefined()
    expect(condition('Paused')).toBe('True: Paused')
    change((found) => {
      delete found.metadata.annotations
      found.metadata.ownerReferences = [
        { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachineSet', name: 'x', uid: 'x', controller: true },
      ]
    })
    expect(runner.queued).toEqual([])
    expect(await runner.reconcile(key)).toBeUndefined()
    expect(infraMachine()?.metadata.deletionTimestamp).toBeUndefined()
  })
})

describe('deleting a Machine', () => {
  it('cordons, removes exactly its infrastructure machine, then its Node, then goes', async () => {
    scene.putInfraMachine('np-b', aws(2))
    await remove()
    await settle()
    expect(scene.node('a')?.spec?.unschedulable).toBe(true)
    expect(infraMachine()?.metadata.deletionTimestamp).toBeDefined()
    expect(
      scene.api.get(infraMachines, { namespace: 'default', name: 'np-b' })?.metadata.deletionTimestamp,
    ).toBeUndefined()
    expect(condition('Deleting')).toBe('True: WaitingForInfrastructureDeletion')
    expect(machine()?.status?.phase).toBe('Deleting')
    expect(scene.nodeNames).toEqual(['a'])
    instanceGone()
    await runner.settle()
    expect(scene.nodeNames).toEqual([])
    expect(machine()).toBeUndefined()
  })

  it('waits for pre-terminate hooks after draining, with the instance untouched', async () => {
    change((found) => (found.metadata.annotations = { ...found.metadata.annotations, [preTerminate]: 'owner' }))
    await remove()
    await runner.settle()
    expect(scene.node('a')?.spec?.unschedulable).toBe(true)
    expect(condition('Deleting')).toBe('True: WaitingForPreTerminateHook')
    expect(machine()?.status?.deletion?.waitForPreTerminateHookStartTime).toBe('2026-03-01T12:00:00Z')
    expect(infraMachine()?.metadata.deletionTimestamp).toBeUndefined()
    change((found) => delete found.metadata.annotations)
    await runner.settle()
    expect(infraMachine()?.metadata.deletionTimestamp).toBeDefined()
  })

  it('does not take the instance while its Node cannot be drained, unless a limit passes', async () => {
    change((found) => (found.spec.deletion = { nodeDrainTimeoutSeconds: 300, nodeVolumeDetachTimeoutSeconds: 1 }))
    await runner.settle()
    scene.workloads.disconnect(clusterKey, 'connection refused')
    await remove()
    await runner.settle()
    expect(condition('Deleting')).toBe('True: DrainingNode')
    expect(infraMachine()?.metadata.deletionTimestamp).toBeUndefined()
    await scene.clock.advance(299_000)
    await runner.reconcile(key)
    expect(infraMachine()?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('does not drain when the Cluster is gone', async () => {
    scene.api.drop(clusters, clusterKey)
    await remove()
    await runner.settle()
    expect(scene.node('a')?.spec?.unschedulable).toBeUndefined()
    expect(infraMachine()?.metadata.deletionTimestamp).toBeDefined()
    instanceGone()
    await runner.settle()
    expect(machine()).toBeUndefined()
  })

  it('gives the Node up after its time, which a new process does not begin anew', async () => {
    await remove()
    await runner.settle()
    scene.workloads.disconnect(clusterKey, 'connection refused')
    instanceGone()
    await runner.settle()
    expect(condition('Deleting')).toBe('True: DeletingNode')
    await scene.clock.advance(9_000)
    await runner.reconcile(key)
    expect(machine()).toBeDefined()
    startProcess()
    await scene.clock.advance(1_000)
    await runner.reconcile(key)
    expect(machine()).toBeUndefined()
  })

  it('leaves the Node alone when the machine was made anew in its place', async () => {
    const boot = (systemUUID: string) => {
      const node = scene.node('a')!
      const nodeInfo = { ...node.status?.nodeInfo, systemUUID }
      scene.workloadApi.put(nodes, { ...node, status: { ...node.status, nodeInfo } })
    }
    boot('first')
    change((found) => delete found.status!.nodeInfo)
    await settle()
    expect(machine()?.status?.nodeInfo?.systemUUID).toBe('first')
    boot('second')
    await remove()
    await runner.settle()
    expect(scene.node('a')?.spec?.unschedulable).toBeUndefined()
    instanceGone()
    await runner.settle()
    expect(machine()).toBeUndefined()
    expect(scene.nodeNames).toEqual(['a'])
  })

  it('asks the server before it believes that the instance is gone', async () => {
    scene.api.holdCache(true)
    scene.putInfraMachine('np-new', aws(7))
    await remove()
    scene.api.holdCache(false)
    await runner.settle()
    expect(condition('Deleting')).toBe('True: WaitingForInfrastructureDeletion')
    expect(scene.nodeNames).toEqual(['a'])
  })

  it('goes with a pool that is gone', async () => {
    scene.api.drop(machinePools, poolKey)
    await remove()
    await runner.settle()
    instanceGone()
    await runner.settle()
    expect(machine()).toBeUndefined()
  })
})
