import { describe, expect, it } from 'vitest'

import { Drive, live } from '../conformance/drive.ts'
import { createMemoryHarness } from '../conformance/memory-harness.ts'
import { createManualClock } from '../manual-clock.ts'
import { createReferenceProvider } from '../reference/reference-provider.ts'
import { createMemoryCloud, type MemoryCloud } from './memory-cloud.ts'
import { ProcessKilled, type CloudBehaviour } from './state.ts'

const group = 'default-c1-np'

/** A converged pool and the hand in its cloud. */
async function poolOf(size: number, behaviour: Partial<CloudBehaviour> = {}, seed = 1) {
  let cloud: MemoryCloud | undefined
  const harness = createMemoryHarness({
    behaviour,
    seed,
    provider: (made) => {
      cloud = made
      return createReferenceProvider({ cloud: made })
    },
  })
  const drive = new Drive(harness)
  await drive.converge({ size })
  return { cloud: cloud!, drive, clock: harness.clock }
}

const statesOf = async (drive: Drive): Promise<readonly string[]> =>
  (await drive.observe()).instances.map(({ state }) => state).toSorted()

/** Who is left when the cloud chose three of six to go. */
async function survivors(seed: number): Promise<readonly string[]> {
  const { cloud, clock } = await poolOf(6, { hold: false, removal: 'none' }, seed)
  cloud.edit(group, { desired: 3 })
  await clock.advance(60_000)
  return cloud.instances(group).map(({ name }) => name)
}

describe('MemoryCloud', () => {
  it('boots in its time', async () => {
    const { drive, clock } = await poolOf(1)
    await drive.settleWrites({ size: 2 })
    await clock.advance(29_000)
    expect(await statesOf(drive)).toEqual(['Pending', 'Running'])
    await clock.advance(1_000)
    expect(await statesOf(drive)).toEqual(['Running', 'Running'])
  })

  it('keeps warmed instances outside the size and starts from them', async () => {
    const { cloud, drive, clock } = await poolOf(1)
    cloud.setWarmPool(group, 1)
    expect(await statesOf(drive)).toEqual(['Running', 'Warmed'])
    const [warmed] = cloud.instances(group).filter(({ state }) => state === 'warmed')
    await drive.settleWrites({ size: 2 })
    await clock.advance(30_000)
    expect(cloud.instances(group).find(({ name }) => name === warmed?.name)?.state).toBe('running')
  })

  it('shows states that other people bring about', async () => {
    const { cloud, drive } = await poolOf(2)
    const [first, second] = cloud.instances(group)
    cloud.setState(first!.name, 'standby')
    cloud.setState(second!.name, 'stopped')
    expect(await statesOf(drive)).toEqual(['Standby', 'Stopped'])
    cloud.setState(first!.name, 'retained')
    cloud.setState(second!.name, 'failed')
    expect(await statesOf(drive)).toEqual(['Failed', 'Retained'])
  })

  it('announces a spot interruption, then holds the termination', async () => {
    const { cloud, drive, clock } = await poolOf(1)
    const [victim] = cloud.instances(group)
    cloud.interrupt(victim!.name)
    expect((await drive.observe()).instances[0]?.notice?.reason).toBe('SpotInterruption')
    await clock.advance(120_000)
    expect(await statesOf(drive)).toEqual(['Pending', 'TerminationHeld'])
  })

  it('ends a hold without a heartbeat, and at the maximum in spite of them', async () => {
    const { cloud, drive, clock } = await poolOf(1, { hold: { heartbeatMs: 60_000, maximumMs: 150_000 } })
    const [silent] = cloud.instances(group)
    cloud.terminate(silent!.name)
    await clock.advance(59_999)
    expect(cloud.instances(group).find(({ name }) => name === silent!.name)?.state).toBe('held')
    await clock.advance(1)
    expect(cloud.instances(group).find(({ name }) => name === silent!.name)?.state).toBe('terminating')
    await clock.advance(60_000)

    const [cared] = cloud.instances(group)
    cloud.terminate(cared!.name)
    const connection = cloud.connect()
    const { signal } = drive.io()
    for (let waited = 0; waited < 120_000; waited += 40_000) {
      await clock.advance(40_000)
      await connection.extendHold(cared!, signal)
    }
    await clock.advance(30_000)
    expect(cloud.instances(group).find(({ name }) => name === cared!.name)?.state).toBe('terminating')
  })

  it('goes above the desired size while it rebalances, and nobody calls that excess', async () => {
    const { cloud, drive, clock } = await poolOf(2)
    cloud.rebalance(group)
    await clock.advance(30_000)
    expect(live(await drive.observe())).toHaveLength(3)
    expect(await drive.plan({ size: 2 })).toEqual([])
    cloud.edit(group, { holdOwner: undefined })
    await clock.advance(120_000)
    expect(live(await drive.observe())).toHaveLength(2)
  })

  it('lets a cloud autoscaler own the size', async () => {
    const { cloud, drive } = await poolOf(1)
    cloud.autoscale(group, 4)
    const observed = await drive.observe()
    expect(observed.sizeOwner).toBe('cloudAutoscaler')
    expect(observed.size?.desired).toBe(4)
  })

  it('gives a recreated instance another life under its old name', async () => {
    const { cloud, drive } = await poolOf(1)
    const before = (await drive.observe()).instances[0]!
    cloud.recreate(before.name!)
    const after = (await drive.observe()).instances[0]!
    expect(after.providerID).toBe(before.providerID)
    expect(after.incarnation).not.toBe(before.incarnation)
  })

  it('does not call a hold of somebody else ours', async () => {
    const { cloud, drive } = await poolOf(1)
    cloud.edit(group, { holdOwner: 'somebody' })
    cloud.terminate(cloud.instances(group)[0]!.name)
    const observed = await drive.observe()
    expect(observed.holdSet).toBe(false)
    expect(observed.instances.find(({ state }) => state === 'TerminationHeld')?.hold?.ours).toBe(false)
    const types = (await drive.plan({ size: 1 })).map(({ type }) => type)
    expect(types).not.toContain('ReleaseInstance')
  })

  it.each([
    ['killBefore', 2],
    ['killAfter', 3],
  ] as const)('ends the process at a kill point (%s)', async (effect, desired) => {
    const { cloud, drive } = await poolOf(2)
    const [action] = await drive.plan({ size: 3 })
    cloud.arm({ target: 'write', effect })
    await expect(drive.execute(action!)).rejects.toThrow(ProcessKilled)
    expect(cloud.group(group)?.desired).toBe(desired)
    await expect(drive.observe(), 'a dead process goes on').rejects.toThrow(ProcessKilled)
    await drive.harness.restart()
    expect(live(await drive.converge({ size: 3 }))).toHaveLength(3)
  })

  it('counts its calls', async () => {
    const { cloud, drive } = await poolOf(1)
    const before = cloud.count('GetGroups')
    await drive.observe()
    expect(cloud.count('GetGroups')).toBe(before + 1)
    expect(cloud.writes.map(({ call }) => call)).toEqual(['CreateTemplate', 'CreateGroup', 'SetHold'])
  })

  it('makes the same choices for the same seed', async () => {
    expect(await survivors(7)).toEqual(await survivors(7))
    const others = await Promise.all([1, 2, 3, 4, 5].map(survivors))
    expect(new Set(others.map((names) => names.join())).size).toBeGreaterThan(1)
  })

  it('hands user data to instances and shows it nowhere', async () => {
    const { cloud } = await poolOf(1)
    const [template] = cloud.templates()
    expect(cloud.userDataOf(template!.id)).toContain('join-token-alpha')
    expect(JSON.stringify([cloud.templates(), cloud.groups(), cloud.calls])).not.toContain('join-token-alpha')
  })

  it('never touches the wall clock', async () => {
    const clock = createManualClock(0)
    const cloud = createMemoryCloud({ clock })
    cloud.plant({ name: 'g', tags: {}, desired: 1, min: 0, max: 1, image: 'i', instanceType: 't' })
    await clock.advance(30_000)
    expect(cloud.instances('g')).toMatchObject([{ state: 'running', createdAt: 0 }])
  })
})
