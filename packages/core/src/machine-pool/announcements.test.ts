import { beforeEach, describe, expect, it } from 'vitest'

import { listBytes, referencesFit } from './object-size.ts'
import { aws, poolKey, Scene } from './testing/scene.ts'

const azure = (index: number): string =>
  `azure:///subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/${'g'.repeat(60)}/providers/Microsoft.Compute/virtualMachineScaleSets/np/virtualMachines/${index}`
const refs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    uid: '00000000-0000-0000-0000-000000000000',
  }))

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

describe('Events', () => {
  it('leave the creation of a pool to its status', async () => {
    scene.putPool((pool) => (pool.spec.replicas = 1))
    await scene.settle()
    scene.putReady([aws(1)])
    await scene.settle()
    scene.putNode('a', aws(1))
    await scene.settle()
    expect(scene.status.phase).toBe('Running')
    expect(scene.runner.events).toEqual([])
  })

  it('CAPI-D14 tell counts, and stay short in a pool of a thousand Nodes', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => aws(index))
    scene.putPool((pool) => (pool.spec.replicas = 1_000))
    scene.putReady(ids)
    for (const [index, id] of ids.entries()) scene.putNode(`node-${index}`, id)
    await scene.settle()
    scene.putNode('node-0', aws(0), { ready: false })
    await scene.settle()
    const { events } = scene.runner
    expect(events).toEqual([
      {
        object: 'MachinePool np',
        type: 'Normal',
        reason: 'PhaseScalingUp',
        message: 'Running -> ScalingUp: 999 of 1000 replicas ready, 1000 of 1000 instances have a Node',
      },
    ])
    await scene.runner.reconcile(poolKey)
    expect(events).toHaveLength(1)
  })

  it('tell a reported failure once, cut to a length that every server takes', async () => {
    scene.putPool()
    scene.putReady([], { failureReason: 'CreateError', failureMessage: 'x'.repeat(5_000) })
    await scene.settle()
    await scene.runner.reconcile(poolKey)
    const failures = scene.runner.events.filter(({ type }) => type === 'Warning')
    expect(failures.map(({ reason }) => reason)).toEqual(['CreateError'])
    expect(failures[0]?.message.length).toBeLessThan(600)
  })
})

describe('a pool near the limit of what etcd stores', () => {
  it('CAPI-A12 keeps references for 5000 instances of AWS', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => aws(index))
    expect(referencesFit(ids, refs(5_000))).toBe(true)
    expect(listBytes(ids, refs(5_000))).toBeLessThan(900_000)
  })

  it('CAPI-A12 leaves references out, with an Event, when the object would not fit', async () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => azure(index))
    scene.putPool((pool) => (pool.spec.replicas = 5_000))
    scene.putReady(ids)
    for (let index = 0; index < 5_000; index += 1) scene.putNode(`node-${index}-${'x'.repeat(40)}`, ids[index])
    await scene.settle()
    expect(scene.status.nodeRefs).toBeUndefined()
    expect(scene.status).toMatchObject({ phase: 'Running', readyReplicas: 5_000 })
    expect(scene.runner.events.find(({ reason }) => reason === 'ObjectTooLarge')?.message).toContain(
      'use several pools',
    )
  })
})
