import { ApiError } from '@machinepool/kube'
import { beforeEach, describe, expect, it } from 'vitest'

import { nodeDeletionTimeoutMs } from './deletion.ts'
import { clusters } from './objects.ts'
import { aws, bootstrapConfigs, clusterKey, infraPools, poolKey, Scene } from './testing/scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = new Scene()
  scene.putPool()
  scene.putReady([aws(1), aws(2)])
  scene.putNode('a', aws(1))
  scene.putNode('b', aws(2))
  scene.putNode('other', aws(9))
  await scene.settle()
})

function requestDeletion(): void {
  scene.changePool((pool) => (pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'))
}

/** Keeps the infrastructure pool after its deletion was requested, as its provider does. */
function holdInfra(): void {
  const infra = scene.infra!
  infra.metadata.finalizers = ['provider']
  scene.api.put(infraPools, infra)
}

describe('deletion', () => {
  it('CAPI-030 CAPI-055 deletes both objects and waits for them', async () => {
    holdInfra()
    requestDeletion()
    await scene.settle()
    expect(scene.bootstrap).toBeUndefined()
    expect(scene.infra?.metadata.deletionTimestamp).toBeDefined()
    expect(scene.status.phase).toBe('Deleting')
    expect(scene.condition('Deleting')).toBe('True: WaitingForInfrastructureDeletion')
    expect(scene.message('Deleting')).toBe('waiting for TestMachinePool np to be deleted')
    expect(scene.nodeNames).toEqual(['a', 'b', 'other'])
  })

  it('tells of no failure of what is going', async () => {
    scene.putReady([aws(1), aws(2)], { failureReason: 'DeleteError', failureMessage: 'in use' })
    holdInfra()
    requestDeletion()
    await scene.settle()
    expect(scene.condition('Deleting')).toBe('True: WaitingForInfrastructureDeletion')
    expect(scene.status.deprecated?.v1beta1?.failureReason).toBeUndefined()
    expect([scene.condition('Stalled'), scene.condition('Reconciling')]).toEqual([undefined, undefined])
  })

  it('requests each deletion once', async () => {
    holdInfra()
    requestDeletion()
    await scene.settle()
    await scene.runner.reconcile(poolKey)
    expect(scene.api.writes.filter((write) => write.verb === 'delete').map((write) => write.target)).toEqual([
      'testmachinepools/np',
      'testconfigs/np',
    ])
  })

  it('CAPI-056 waits for a bootstrap config that is left alone', async () => {
    const config = scene.bootstrap!
    config.metadata.finalizers = ['held']
    scene.api.put(bootstrapConfigs, config)
    requestDeletion()
    await scene.settle()
    expect(scene.condition('Deleting')).toBe('True: WaitingForBootstrapConfigDeletion')
    expect(scene.exists).toBe(true)
  })

  it('CAPI-057 CAPI-058 CAPI-A04 CAPI-D05 deletes the Nodes and goes, although the list was never emptied', async () => {
    requestDeletion()
    await scene.settle()
    expect(scene.exists).toBe(false)
    expect(scene.nodeNames).toEqual(['other'])
  })

  it('CAPI-A04 deletes 171 of 171 Nodes', async () => {
    const ids = Array.from({ length: 171 }, (_, index) => aws(100 + index))
    for (const [index, id] of ids.entries()) scene.putNode(`many-${index}`, id)
    scene.changePool((pool) => (pool.spec.replicas = 171))
    scene.putReady(ids)
    await scene.settle()
    expect(scene.status.readyReplicas).toBe(171)
    requestDeletion()
    await scene.settle()
    expect(scene.exists).toBe(false)
    expect(scene.nodeNames).toEqual(['other'])
  })

  it('CAPI-A06 CAPI-D07 ends when the Cluster is gone, and still deletes Nodes it can reach', async () => {
    scene.api.drop(clusters, clusterKey)
    requestDeletion()
    await scene.settle()
    expect(scene.exists).toBe(false)
    expect(scene.nodeNames).toEqual(['other'])
  })

  it('ends when the kind of the infrastructure is not served any more', async () => {
    scene.changePool((pool) => {
      pool.spec.template.spec.infrastructureRef.kind = 'GoneMachinePool'
      delete pool.spec.template.spec.bootstrap.configRef
      pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'
    })
    await scene.settle()
    expect(scene.exists).toBe(false)
  })

  it('CAPI-059 CAPI-060 CAPI-061 tries Nodes until the timeout, counted from when the infrastructure is gone', async () => {
    holdInfra()
    requestDeletion()
    await scene.settle()
    scene.workloads.disconnect(clusterKey, 'connection refused')
    await scene.clock.advance(60 * 60_000)
    scene.api.drop(infraPools, poolKey)
    await scene.settle()
    expect(scene.exists).toBe(true)
    expect(scene.condition('Deleting')).toBe('True: DeletingNodes')
    await scene.clock.advance(9_000)
    expect(await scene.runner.reconcile(poolKey)).toEqual({ requeueAfterMs: 1_000 })
    expect(scene.exists).toBe(true)
    await scene.clock.advance(1_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.exists).toBe(false)
  })

  it('CAPI-060 keeps the pool while a Node cannot be deleted', async () => {
    scene.workloadApi.onWrite = (write) => {
      if (write.verb === 'delete') throw new ApiError(403, { reason: 'Forbidden', message: 'no' }, 'DELETE')
    }
    requestDeletion()
    await scene.settle()
    expect(scene.exists).toBe(true)
    expect(scene.message('Deleting')).toContain('no')
    scene.workloadApi.onWrite = undefined
    await scene.runner.reconcile(poolKey)
    expect(scene.exists).toBe(false)
    expect(scene.nodeNames).toEqual(['other'])
  })

  it('CAPI-061 goes, with a Node left behind, when that could not be deleted in time', async () => {
    scene.workloadApi.onWrite = (write) => {
      if (write.verb === 'delete') throw new ApiError(403, { reason: 'Forbidden', message: 'no' }, 'DELETE')
    }
    requestDeletion()
    await scene.settle()
    await scene.clock.advance(10_000)
    await scene.runner.reconcile(poolKey)
    expect(scene.exists).toBe(false)
    expect(scene.nodeNames).toEqual(['a', 'b', 'other'])
  })

  it('leaves a Node alone that came back under the same name meanwhile', async () => {
    scene.workloadApi.holdCache(true)
    scene.putNode('a', aws(9), { uid: 'of-somebody-else' })
    scene.putReady([aws(2)])
    await scene.runner.settle()
    expect(scene.nodeNames).toEqual(['a', 'b', 'other'])
    expect(scene.node('a')?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('leaves infrastructure alone that was made anew meanwhile', async () => {
    requestDeletion()
    scene.api.holdCache(true)
    scene.api.drop(infraPools, poolKey)
    scene.putInfra({}, {})
    await scene.runner.reconcile(poolKey).catch(() => undefined)
    expect(scene.infra).toBeDefined()
    expect(scene.infra?.metadata.deletionTimestamp).toBeUndefined()
    expect(scene.exists).toBe(true)
  })

  it('waits for no cluster when no Node can be there', async () => {
    scene.changePool((pool) => {
      pool.spec.providerIDList = []
      pool.status = {}
      pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'
    })
    scene.workloads.disconnect(clusterKey, 'connection refused')
    await scene.settle()
    expect(scene.exists).toBe(false)
  })

  it('asks the server before it believes that an object is gone', async () => {
    requestDeletion()
    scene.api.drop(infraPools, poolKey)
    scene.api.holdCache(true)
    scene.putInfra({}, {})
    await scene.runner.reconcile(poolKey)
    expect(scene.api.writes.some((write) => write.verb === 'delete' && write.target === 'testmachinepools/np')).toBe(
      true,
    )
    expect(scene.exists).toBe(true)
  })

  it('does nothing without its finalizer', async () => {
    scene.changePool((pool) => {
      pool.metadata.finalizers = ['somebody.else/finalizer']
      pool.metadata.deletionTimestamp = '2026-03-01T12:00:00Z'
    })
    scene.api.writes.length = 0
    await scene.settle()
    expect(scene.api.writes).toEqual([])
  })

  it('CAPI-062 measures the timeout: unset is the default, zero is for ever while there is a Cluster', () => {
    const pool = (nodeDeletionTimeoutSeconds?: number) => {
      const made = scene.pool
      made.spec.template.spec.deletion = nodeDeletionTimeoutSeconds === undefined ? {} : { nodeDeletionTimeoutSeconds }
      return made
    }
    const cluster = scene.api.get(clusters, clusterKey)
    expect(nodeDeletionTimeoutMs({ pool: pool(), cluster })).toBe(10_000)
    expect(nodeDeletionTimeoutMs({ pool: pool(25), cluster })).toBe(25_000)
    expect(nodeDeletionTimeoutMs({ pool: pool(0), cluster })).toBeUndefined()
    expect(nodeDeletionTimeoutMs({ pool: pool(0), cluster: undefined })).toBe(10_000)
  })
})
