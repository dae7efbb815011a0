import { doubles, ownerTag, upstreamTag } from '@machinepool/contract/testing'
import { nodes, pods } from '@machinepool/kube'
import { beforeEach, describe, expect, it } from 'vitest'

import { engineAnnotations } from './names.ts'
import { PoolLife, type PoolLifeOptions } from './pool-life.test.support.ts'
import { Watcher } from './watcher.test.support.ts'

const minute = 60_000
const hour = 60 * minute

const ready = (count: number) => (life: PoolLife) =>
  life.all().length === count &&
  life.live().every((instance) => life.node(instance) !== undefined) &&
  (life.object?.spec?.providerIDList ?? []).length === count

const allOf = (instanceType: string, count: number) => (life: PoolLife) =>
  ready(count)(life) && life.live().every((instance) => instance.instanceType === instanceType)

let watcher: Watcher
beforeEach(() => {
  watcher = new Watcher()
})

async function running(options: PoolLifeOptions): Promise<PoolLife> {
  const life = new PoolLife({ podsPerNode: 1, ...options, watch: watcher.look })
  expect(await life.run(hour, ready(options.replicas ?? 3))).toBe(true)
  return life
}

function writesSince(life: PoolLife, count: number): readonly string[] {
  return life.cloud.writes.slice(count).map(({ call }) => call)
}

describe('creating', () => {
  it('costs few calls and writes', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    expect(life.cloud.writes.map(({ call }) => call)).toEqual(['CreateTemplate', 'CreateGroup', 'SetHold'])
    expect(life.management.writes.length).toBeLessThanOrEqual(6)
  })

  it('writes nothing anywhere while nothing happens', async () => {
    const life = await running({ behaviour: doubles.holding })
    await life.run(10 * minute)
    const before = [life.cloud.writes.length, life.management.writes.length, life.workload.writes.length]
    await life.run(hour)
    expect([life.cloud.writes.length, life.management.writes.length, life.workload.writes.length]).toEqual(before)
    expect(life.requeueAfterMs).toBeGreaterThan(0)
  })

  it('waits for the bootstrap data with a reason and without a finalizer', async () => {
    const life = new PoolLife({ pool: { bootstrap: {} } })
    await life.run(minute)
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason: 'WaitingForBootstrapData' })
    expect(life.object?.metadata.finalizers).toBeUndefined()
    expect(life.cloud.calls).toEqual([])
  })

  it('says which Secret is missing', async () => {
    const life = new PoolLife({ pool: { bootstrap: { dataSecretName: 'elsewhere' } } })
    await life.run(minute)
    expect(life.condition('Ready')).toMatchObject({
      reason: 'BootstrapSecretMissing',
      message: 'Secret default/elsewhere does not exist',
    })
  })

  it('repeats no write that does not show yet', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    life.cloud.lag(8_000)
    life.setReplicas(4)
    await life.step()
    expect(life.cloud.count('Resize')).toBe(1)
    expect(await life.run(hour, ready(4))).toBe(true)
    expect(life.cloud.groups()[0]?.desired).toBe(4)
  })

  it('knows an instance that the cloud lists late within 15 seconds', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    await life.run(2_000)
    life.cloud.lag(5_000)
    life.setReplicas(4)
    await life.step()
    const asked = life.clock.now()
    await life.run(minute, (one) => one.object?.spec?.providerIDList?.length === 4)
    expect(life.clock.now() - asked).toBeLessThanOrEqual(15_000)
  })
})

describe('size', () => {
  it('stays inside the bounds and says so (R8)', async () => {
    const life = await running({ spec: { minSize: 1, maxSize: 4 }, replicas: 2 })
    life.setReplicas(0)
    await life.run(hour, ready(1))
    expect(life.condition('BelowMinSize')).toMatchObject({ status: 'True', reason: 'BelowMinSize' })
    life.setReplicas(9)
    await life.run(hour, ready(4))
    expect(life.condition('AboveMaxSize')?.status).toBe('True')
    expect(life.condition('BelowMinSize')).toBeUndefined()
    life.setReplicas(3)
    expect(await life.run(hour, ready(3))).toBe(true)
    expect(life.condition('AboveMaxSize')).toBeUndefined()
  })

  it('is never set while something else sets it, and the MachinePool follows (R7)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    life.annotateMachinePool({ 'cluster.x-k8s.io/replicas-managed-by': 'autoscaler' })
    const [group] = life.cloud.groups()
    life.cloud.edit(group!.name, { desired: 5 })
    const before = life.cloud.writes.length
    expect(await life.run(hour, (one) => ready(5)(one) && one.machinePool?.spec.replicas === 5)).toBe(true)
    expect(writesSince(life, before)).toEqual([])
  })

  it('takes what the cloud started above the desired size for no excess', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    const [group] = life.cloud.groups()
    life.cloud.rebalance(group!.name, 10 * minute)
    const before = life.cloud.writes.length
    await life.run(5 * minute)
    expect(life.live()).toHaveLength(4)
    expect(writesSince(life, before)).toEqual([])
    expect(life.object?.spec?.providerIDList).toHaveLength(4)
  })

  it('takes exactly the chosen instance, after its pods (R10)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3, podsPerNode: 2 })
    const chosen = life.live()[1]!
    const node = life.node(chosen)!
    life.workload.put(nodes, {
      ...node,
      metadata: { ...node.metadata, annotations: { 'cluster.x-k8s.io/delete-machine': '' } },
    })
    life.setReplicas(2)
    expect(await life.run(hour, ready(2))).toBe(true)
    expect(life.all().map(({ name }) => name)).not.toContain(chosen.name)
    expect(life.workload.writes.filter(({ verb }) => verb === 'evict')).toHaveLength(2)
    expect(watcher.violations).toEqual([])
  })

  it('uncordons a Node whose instance stays after all', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    life.setReplicas(2)
    await life.run(minute)
    expect(
      life.workload
        .store(nodes)
        .list()
        .filter(({ spec }) => spec?.unschedulable),
    ).toHaveLength(1)
    expect(life.condition('Draining')?.message).toMatch(/: 1 pod left, app\/.* blocked by a PodDisruptionBudget/)
    life.setReplicas(3)
    await life.run(minute)
    expect(
      life.workload
        .store(nodes)
        .list()
        .filter(({ spec }) => spec?.unschedulable),
    ).toEqual([])
    expect(life.live()).toHaveLength(3)
    expect(life.condition('Draining')).toBeUndefined()
    expect(life.object?.metadata.annotations?.[engineAnnotations.ledger]).toBeUndefined()
  })

  it('gives a drain up when nodeDrainTimeoutSeconds have passed', async () => {
    const life = await running({
      behaviour: doubles.holding,
      replicas: 2,
      pool: { deletion: { nodeDrainTimeoutSeconds: 300 } },
    })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    watcher.allowForced = true
    life.setReplicas(1)
    await life.run(4 * minute)
    expect(life.live()).toHaveLength(2)
    expect(await life.run(5 * minute, ready(1))).toBe(true)
  })
})

describe('rolling', () => {
  it.each([
    { maxSurge: 1, maxUnavailable: 0, floor: 4, ceiling: 5 },
    { maxSurge: 0, maxUnavailable: 1, floor: 3, ceiling: 4 },
    { maxSurge: '50%', maxUnavailable: '25%', floor: 3, ceiling: 6 },
    { maxSurge: 3, maxUnavailable: 0, floor: 4, ceiling: 7 },
  ])('keeps surge $maxSurge and unavailable $maxUnavailable', async ({ maxSurge, maxUnavailable, floor, ceiling }) => {
    const life = await running({
      behaviour: doubles.holding,
      replicas: 4,
      nodeMs: 5_000,
      spec: { rollout: { maxSurge, maxUnavailable } },
    })
    watcher.budget = { floor, ceiling }
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(2 * hour, allOf('large', 4))).toBe(true)
    expect(watcher.violations).toEqual([])
  })

  it('replaces one at a time at the maximum, and says why (SurgeUnavailable)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 4, spec: { maxSize: 4 } })
    watcher.budget = { floor: 3, ceiling: 4 }
    life.setSpec({ instanceType: 'large' })
    await life.run(minute)
    expect(life.condition('SurgeUnavailable')).toMatchObject({ status: 'True', reason: 'AtMaximumSize' })
    expect(await life.run(2 * hour, allOf('large', 4))).toBe(true)
    await life.run(minute)
    expect(life.condition('SurgeUnavailable')).toBeUndefined()
    expect(watcher.violations).toEqual([])
  })

  it('stops inside its surge when new instances never become ready, and moves on with the next spec (R13)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3, nodeMs: 0 })
    watcher.budget = { floor: 3, ceiling: 4 }
    const never = life.options as { nodeMs?: number }
    never.nodeMs = 10 * hour
    life.setSpec({ instanceType: 'broken' })
    await life.run(hour)
    expect(life.live().filter(({ instanceType }) => instanceType === 'small')).toHaveLength(3)
    expect(life.live()).toHaveLength(4)
    expect(life.condition('RollingOut')).toMatchObject({ reason: 'ProgressDeadlineExceeded' })
    never.nodeMs = 0
    life.setSpec({ instanceType: 'good' })
    expect(await life.run(2 * hour, allOf('good', 3))).toBe(true)
    expect(watcher.violations).toEqual([])
  })

  it.each(['holding', 'twoWrites', 'recreating', 'slow'] as const)(
    'goes on under an external scaler, family %s (R7)',
    async (family) => {
      const life = await running({ behaviour: doubles[family], replicas: 3 })
      life.annotateMachinePool({ 'cluster.x-k8s.io/replicas-managed-by': 'autoscaler' })
      await life.run(minute)
      watcher.budget = { floor: 2, ceiling: 3 }
      life.setSpec({ instanceType: 'large' })
      expect(await life.run(3 * hour, allOf('large', 3))).toBe(true)
      await life.run(minute)
      expect(life.cloud.groups()[0]?.desired).toBe(3)
      expect(life.machinePool?.spec.replicas).toBe(3)
      expect(watcher.violations).toEqual([])
    },
  )

  it('gives each size back before it takes the next instance, in two writes under an external scaler (R7)', async () => {
    const life = await running({
      behaviour: doubles.twoWrites,
      replicas: 4,
      spec: { rollout: { maxSurge: 0, maxUnavailable: 2 } },
    })
    life.annotateMachinePool({ 'cluster.x-k8s.io/replicas-managed-by': 'autoscaler' })
    await life.run(minute)
    life.setSpec({ instanceType: 'large' })
    // The second of two drains ends while the first removal is under way.
    const [kept] = life.workload.store(pods).list()
    life.workload.protectedPods.add(`app/${kept!.metadata.name}`)
    await life.run(hour, (one) => one.cloud.count('RemoveInstances') === 1)
    life.workload.protectedPods.clear()
    expect(await life.run(3 * hour, allOf('large', 4))).toBe(true)
    await life.run(minute)
    expect(life.cloud.groups()[0]?.desired).toBe(4)
    expect(life.machinePool?.spec.replicas).toBe(4)
    expect(watcher.violations).toEqual([])
  })

  it('rolls itself where the cloud is asked to and cannot', async () => {
    const life = await running({
      behaviour: doubles.twoWrites,
      replicas: 2,
      spec: { rollout: { strategy: 'CloudRollout' } },
    })
    watcher.budget = { floor: 2, ceiling: 3 }
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(3 * hour, allOf('large', 2))).toBe(true)
    expect(watcher.violations).toEqual([])
  })

  it('tries again every ten minutes when the first new instance has failed, and takes no old one for it (R13, R19)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    const small = () => life.live().filter(({ instanceType }) => instanceType === 'small').length
    const large = () => life.live().find(({ instanceType }) => instanceType === 'large')
    life.setSpec({ instanceType: 'large' })
    await life.run(hour, () => large() !== undefined)
    const first = large()!
    life.cloud.setState(first.name, 'failed')
    await life.run(9 * minute)
    expect([small(), large()?.name]).toEqual([3, first.name])
    expect(await life.run(3 * hour, allOf('large', 3))).toBe(true)
    expect(life.all().map(({ name }) => name)).not.toContain(first.name)
    expect(watcher.violations).toEqual([])
  })

  it('leaves it to the instances to go with OnDelete', async () => {
    const life = await running({ replicas: 3, spec: { rollout: { strategy: 'OnDelete' } } })
    life.setSpec({ instanceType: 'large' })
    await life.run(hour)
    expect(life.live().map(({ instanceType }) => instanceType)).toEqual(['small', 'small', 'small'])
    expect(life.condition('RollingOut')).toMatchObject({ status: 'False', reason: 'OnDelete' })
    life.setReplicas(4)
    await life.run(hour, ready(4))
    expect(life.live().filter(({ instanceType }) => instanceType === 'large')).toHaveLength(1)
  })

  it('has the cloud roll and drains what it terminates (CloudRollout)', async () => {
    const life = await running({
      behaviour: doubles.holding,
      replicas: 3,
      spec: { rollout: { strategy: 'CloudRollout' } },
    })
    const before = life.cloud.writes.length
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(2 * hour, allOf('large', 3))).toBe(true)
    expect(writesSince(life, before)).toContain('StartRollout')
    expect(writesSince(life, before)).not.toContain('RemoveInstances')
    expect(watcher.violations).toEqual([])
  })

  it('waits for pause, approval and maintenance window', async () => {
    const life = await running({ replicas: 2 })
    const small = () => life.live().filter(({ instanceType }) => instanceType === 'small').length
    life.annotate({ [engineAnnotations.rolloutPaused]: 'true' })
    life.setSpec({ instanceType: 'large' })
    await life.run(hour)
    expect(small()).toBe(2)
    expect(life.condition('RollingOut')).toMatchObject({ status: 'False', reason: 'RolloutPaused' })

    life.annotate({ [engineAnnotations.rolloutPaused]: 'false', [engineAnnotations.rolloutApproval]: 'required' })
    await life.run(hour)
    expect(small()).toBe(2)
    const waiting = life.condition('RollingOut')
    expect(waiting).toMatchObject({ reason: 'AwaitingApproval' })
    const revision = /revision (\S+) waits/.exec(waiting?.message ?? '')?.[1] ?? ''

    // 2030-01-01 is a Tuesday.
    life.annotate({
      [engineAnnotations.rolloutApproved]: revision,
      [engineAnnotations.rolloutWindow]: 'Wed 03:00-05:00',
    })
    const slowly = { longestWaitMs: minute }
    await life.run(12 * hour, undefined, slowly)
    expect(small()).toBe(2)
    expect(life.condition('RollingOut')).toMatchObject({ reason: 'OutsideMaintenanceWindow' })
    expect(await life.run(24 * hour, allOf('large', 2), slowly)).toBe(true)
    expect(new Date(life.clock.now()).toISOString()).toMatch(/^2030-01-02T0[34]/)
  })

  it('replaces a failed instance within the budget', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    await life.run(5 * minute)
    life.cloud.setState(life.live()[0]!.name, 'failed')
    expect(await life.run(hour, (one) => ready(3)(one) && one.live().every(({ state }) => state === 'running'))).toBe(
      true,
    )
  })

  it('says that a failed instance cannot be replaced where the cloud chooses', async () => {
    const life = await running({ behaviour: doubles.selfRolling, replicas: 2 })
    life.cloud.setState(life.live()[0]!.name, 'failed')
    await life.run(5 * minute)
    expect(life.condition('RemovalBlocked')).toMatchObject({ reason: 'CannotChooseInstances' })
  })
})

describe('held terminations (R12)', () => {
  it('are drained, kept alive and released', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3, podsPerNode: 2 })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    const [taken] = life.live()
    life.cloud.terminate(taken!.name)
    await life.run(20 * minute)
    expect(life.all().find(({ name }) => name === taken!.name)?.state).toBe('held')
    expect(life.cloud.count('ExtendHold')).toBeGreaterThanOrEqual(3)
    expect(life.object?.spec?.providerIDList).toContain(taken!.providerID)
    life.workload.protectedPods.clear()
    expect(await life.run(hour, ready(3))).toBe(true)
    expect(watcher.violations).toEqual([])
  })

  it('are released at once without a Node', async () => {
    const life = await running({ behaviour: { ...doubles.holding, bootMs: 10 * minute }, replicas: 0 })
    life.setReplicas(1)
    await life.run(minute, (one) => one.live().length === 1)
    const [taken] = life.live()
    life.cloud.terminate(taken!.name)
    await life.step()
    expect(life.cloud.count('ReleaseHold')).toBe(1)
  })

  it('are let go at the bound, whatever is left', async () => {
    const life = await running({
      behaviour: doubles.holding,
      replicas: 2,
      pool: { deletion: { nodeDrainTimeoutSeconds: 600 } },
    })
    watcher.allowForced = true
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    const [taken] = life.live()
    life.cloud.terminate(taken!.name)
    await life.run(9 * minute)
    expect(life.all().find(({ name }) => name === taken!.name)?.state).toBe('held')
    await life.run(3 * minute)
    expect(life.all().map(({ name }) => name)).not.toContain(taken!.name)
  })

  it('keep their heartbeat while the pool is paused, and nothing else is written (R28)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3 })
    life.annotate({ 'cluster.x-k8s.io/paused': '' })
    life.cloud.terminate(life.live()[0]!.name)
    const before = life.cloud.writes.length
    life.setReplicas(5)
    await life.run(30 * minute)
    expect(new Set(writesSince(life, before))).toEqual(new Set(['ExtendHold']))
    expect(life.condition('Paused')?.status).toBe('True')
  })
})

describe('notices', () => {
  it('empty the Node before the cloud takes the instance, and remove nothing', async () => {
    const life = await running({ behaviour: { ...doubles.holding, hold: false }, replicas: 3, podsPerNode: 2 })
    const [taken] = life.live()
    const before = life.cloud.writes.length
    life.cloud.interrupt(taken!.name)
    await life.run(minute)
    expect(life.all().find(({ name }) => name === taken!.name)?.state).toBe('running')
    expect(life.node(taken!)?.spec?.unschedulable).toBe(true)
    const left = life.workload.store(pods).list()
    expect(left.some(({ spec }) => spec?.nodeName === taken!.name)).toBe(false)
    expect(writesSince(life, before)).toEqual([])
    expect(await life.run(hour, (one) => ready(3)(one) && !one.all().some(({ name }) => name === taken!.name))).toBe(
      true,
    )
    expect(watcher.violations).toEqual([])
  })
})

function foreign(life: PoolLife, tags: Record<string, string>, image = 'image-1'): void {
  life.cloud.plant({ name: 'default-cluster-pool', tags, desired: 2, min: 0, max: 10, image, instanceType: 'small' })
}

describe('a group that is not ours', () => {
  const upstream = { [upstreamTag]: 'default/cluster/pool' }

  it('is never touched, and the conflict clears by itself (R2)', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    foreign(life, { [ownerTag]: 'somebody/else' })
    await life.run(10 * minute)
    expect(life.cloud.writes).toEqual([])
    expect(life.condition('NameConflict')).toMatchObject({ status: 'True' })
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason: 'NameConflict' })
    expect(life.object?.status?.ready).toBe(false)
    life.delete()
    await life.run(10 * minute)
    expect(life.object).toBeUndefined()
    expect(life.cloud.writes).toEqual([])
    expect(life.cloud.groups()).toHaveLength(1)
  })

  it('is taken over from upstream without replacing anything when it equals the spec (R29)', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    foreign(life, upstream)
    const instances = life.all().map(({ incarnation }) => incarnation)
    life.annotate({ [engineAnnotations.adopt]: 'true' })
    expect(await life.run(hour, ready(2))).toBe(true)
    await life.run(hour)
    expect(life.all().map(({ incarnation }) => incarnation)).toEqual(instances)
    expect(life.condition('TakeOverDrift')).toBeUndefined()
    expect(life.condition('Ready')?.status).toBe('True')
  })

  it('waits with TakeOverDrift when it differs, until somebody approves (R29)', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    foreign(life, upstream, 'image-old')
    const instances = life.all().map(({ incarnation }) => incarnation)
    life.annotate({ [engineAnnotations.adopt]: 'true' })
    await life.run(hour)
    expect(life.all().map(({ incarnation }) => incarnation)).toEqual(instances)
    expect(life.condition('TakeOverDrift')).toMatchObject({ status: 'True' })
    expect(life.cloud.templates()).toHaveLength(1)
    life.annotate({ [engineAnnotations.approveTakeOver]: 'true' })
    expect(
      await life.run(
        3 * hour,
        (one) => ready(2)(one) && one.all().every(({ incarnation }) => !instances.includes(incarnation)),
      ),
    ).toBe(true)
    await life.run(hour)
    expect(life.condition('TakeOverDrift')).toBeUndefined()
    expect(life.object?.metadata.annotations?.[engineAnnotations.ledger]).toBeUndefined()
  })
})

describe('a group that was taken over and differs', () => {
  it('is rolled as soon as the spec changes (R29)', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    foreign(life, { [upstreamTag]: 'default/cluster/pool' }, 'image-old')
    const instances = life.all().map(({ incarnation }) => incarnation)
    life.annotate({ [engineAnnotations.adopt]: 'true' })
    await life.run(hour)
    expect(life.condition('TakeOverDrift')).toMatchObject({ status: 'True' })
    expect(life.all().map(({ incarnation }) => incarnation)).toEqual(instances)
    life.setSpec({ instanceType: 'large' })
    expect(await life.run(3 * hour, allOf('large', 2))).toBe(true)
    await life.run(hour)
    expect(life.condition('TakeOverDrift')).toBeUndefined()
  })
})

describe('listing', () => {
  it('never loses an instance to a page that failed (R3)', async () => {
    const life = await running({ behaviour: { ...doubles.holding, pageSize: 2 }, replicas: 5 })
    const before = life.object?.spec?.providerIDList
    life.cloud.arm({ target: { call: 'ListInstances' }, after: 1, times: 50, effect: { error: 'ServiceUnavailable' } })
    life.setReplicas(3)
    await life.run(minute)
    expect(life.object?.spec?.providerIDList).toEqual(before)
    expect(life.live()).toHaveLength(5)
    life.cloud.disarm()
    expect(await life.run(hour, ready(3))).toBe(true)
    expect(watcher.violations).toEqual([])
  })

  it('does not remove another life of the same name (R10)', async () => {
    const life = await running({ behaviour: doubles.recreating, replicas: 3 })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    life.setReplicas(2)
    await life.run(minute)
    const drained = life.live().find((instance) => life.node(instance)?.spec?.unschedulable)!
    life.cloud.recreate(drained.name)
    life.workload.protectedPods.clear()
    watcher.allowForced = true
    expect(await life.run(hour, ready(2))).toBe(true)
    expect(
      life.workload
        .store(nodes)
        .list()
        .filter(({ spec }) => spec?.unschedulable),
    ).toEqual([])
  })
})

describe('failures', () => {
  it.each([
    [
      'expired credentials',
      (life: PoolLife) => life.cloud.expireCredentials(),
      (life: PoolLife) => life.cloud.renewCredentials(),
      'Unauthenticated',
    ],
    [
      'a missing permission',
      (life: PoolLife) => life.cloud.deny('GetGroups'),
      (life: PoolLife) => life.cloud.allow('GetGroups'),
      'PermissionDenied',
    ],
    [
      'throttling',
      (life: PoolLife) => life.cloud.arm({ target: 'read', times: 1000, effect: { error: 'RateExceeded' } }),
      (life: PoolLife) => life.cloud.disarm(),
      'Throttled',
    ],
    [
      'an outage',
      (life: PoolLife) => life.cloud.arm({ target: 'any', times: 1000, effect: { error: 'ServiceUnavailable' } }),
      (life: PoolLife) => life.cloud.disarm(),
      'CloudUnavailable',
    ],
  ])('%s is a condition that clears by itself (R19)', async (_name, begin, end, reason) => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    const listed = life.object?.spec?.providerIDList
    begin(life)
    await life.run(3 * minute)
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason })
    expect(life.object?.spec?.providerIDList).toEqual(listed)
    expect(life.object?.status?.ready).toBe(true)
    end(life)
    expect(await life.run(20 * minute, (one) => one.condition('Ready')?.status === 'True')).toBe(true)
  })

  it('a shortage of capacity is shown and clears', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, spec: { zones: ['a'] }, replicas: 2 })
    life.cloud.setCapacity('a', 1)
    await life.run(5 * minute)
    expect(life.condition('CloudProblem')).toMatchObject({ status: 'True', reason: 'CapacityShortage' })
    life.cloud.setCapacity('a', undefined)
    expect(await life.run(hour, ready(2))).toBe(true)
    await life.run(minute)
    expect(life.condition('CloudProblem')).toBeUndefined()
  })

  it('an image that does not exist keeps nothing but the template from going on', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    life.setSpec({ image: { name: 'missing' } })
    life.setReplicas(3)
    expect(await life.run(hour, ready(3))).toBe(true)
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason: 'ImageNotFound' })
  })
})

describe('deleting', () => {
  it('empties the Nodes first, and the list before the finalizer goes (R3, R10)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3, podsPerNode: 2 })
    life.delete()
    await life.run(hour)
    expect(life.object).toBeUndefined()
    expect(life.workload.writes.filter(({ verb }) => verb === 'evict')).toHaveLength(6)
    expect(watcher.violations).toEqual([])
  })

  it('keeps terminations alive that wait while their Nodes are emptied (R12)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    const [taken] = life.live()
    life.cloud.terminate(taken!.name)
    await life.run(minute)
    life.delete()
    await life.run(7 * minute)
    expect(life.all().find(({ name }) => name === taken!.name)?.state).toBe('held')
    life.workload.protectedPods.clear()
    await life.run(hour)
    expect(life.object).toBeUndefined()
    expect(watcher.violations).toEqual([])
  })

  it('is bounded by ten minutes when a budget keeps the pods', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 2 })
    for (const pod of life.workload.store(pods).list()) life.workload.protectedPods.add(`app/${pod.metadata.name}`)
    watcher.allowForced = true
    life.delete()
    await life.run(9 * minute)
    expect(life.live()).toHaveLength(2)
    expect(life.condition('Deleting')).toMatchObject({ reason: 'DrainingNodes' })
    await life.run(5 * minute)
    expect(life.object).toBeUndefined()
  })

  it('drains nothing when the whole cluster goes, and works without it (R4)', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 3, podsPerNode: 2 })
    watcher.allowForced = true
    life.deleteCluster()
    life.connected = false
    life.delete()
    await life.run(10 * minute)
    expect(life.object).toBeUndefined()
    expect(life.cloud.groups()).toEqual([])
    expect(life.cloud.templates()).toEqual([])
    expect(life.workload.writes).toEqual([])
  })

  it('does not believe at once that there is no group, where a process died after it was asked for (R4)', async () => {
    const life = new PoolLife({ behaviour: doubles.holding, replicas: 2 })
    life.cloud.arm({ target: { call: 'CreateGroup' }, effect: 'killAfter' })
    life.cloud.lag(8_000)
    while (life.restarts === 0) {
      // oxlint-disable-next-line no-await-in-loop
      await life.step()
      // oxlint-disable-next-line no-await-in-loop
      await life.clock.advance(life.requeueAfterMs ?? 0)
    }
    expect(life.object?.spec?.providerID).toBeUndefined()
    expect(life.cloud.groups()).toHaveLength(1)
    // Neither the group nor its template shows.
    life.cloud.lag(12_000)
    life.delete()
    await life.run(10 * minute)
    expect(life.object).toBeUndefined()
    expect(life.cloud.groups()).toEqual([])
    expect(life.cloud.templates()).toEqual([])
  })

  it('waits for credentials, or for the annotation that gives the resources up', async () => {
    const life = await running({ behaviour: doubles.holding, replicas: 1 })
    life.cloud.expireCredentials()
    life.delete()
    await life.run(hour)
    expect(life.condition('Ready')).toMatchObject({ reason: 'Unauthenticated' })
    life.annotate({ [engineAnnotations.orphan]: 'true' })
    await life.run(minute)
    expect(life.object).toBeUndefined()
    expect(life.cloud.groups()).toHaveLength(1)
  })
})

describe('a cloud whose answers go back in time', () => {
  it('never makes the list lose what lives (R3)', async () => {
    const intervals = { fast: 1_000, settling: 2_000, steady: 3_000 }
    const life = await running({ behaviour: doubles.holding, replicas: 3, intervals })
    life.cloud.lag(2_500, { scattered: true })
    for (const replicas of [5, 3, 6, 4, 5]) {
      life.setReplicas(replicas)
      // oxlint-disable-next-line no-await-in-loop
      await life.run(5 * minute)
    }
    expect(await life.run(hour, ready(5))).toBe(true)
    expect(watcher.violations).toEqual([])
  })
})
