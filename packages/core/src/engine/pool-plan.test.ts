import {
  createManualClock,
  createMemoryCloud,
  createRecordingIo,
  createReferenceProvider,
  doubles,
  type ReferenceSpec,
} from '@machinepool/contract/testing'
import type { PoolRef } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { standalonePoolContext } from './pool-context.ts'
import { createPoolDriver } from './pool-plan.ts'

function setUp() {
  const clock = createManualClock()
  const cloud = createMemoryCloud({ clock, behaviour: doubles.holding })
  const provider = createReferenceProvider({ cloud })
  const pool: PoolRef<ReferenceSpec> = {
    key: { namespace: 'default', name: 'pool' },
    cluster: { namespace: 'default', name: 'cluster' },
    managementId: 'laptop',
    spec: { region: 'here', minSize: 0, maxSize: 5, instanceType: 'small', image: { id: 'image-1' } },
    annotations: {},
    replicas: 2,
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
  }
  return { clock, cloud, provider, pool, driver: createPoolDriver(provider), io: createRecordingIo({ clock }) }
}

describe('a driver without Kubernetes', () => {
  it('plans and writes nothing', async () => {
    const { cloud, driver, pool, io } = setUp()
    const { actions, decision } = await driver.plan(standalonePoolContext(pool), io)
    expect(actions.map(({ type }) => type)).toEqual(['CreateTemplate', 'CreateGroup'])
    expect(decision.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', reason: 'Creating' }))
    expect(cloud.writes).toEqual([])
  })

  it('takes the hold away and lets go what waits, and nothing else', async () => {
    const { clock, cloud, provider, driver, pool, io } = setUp()
    const context = standalonePoolContext(pool, { holdTerminations: true })
    for (let turn = 0; turn < 3; turn++) {
      // oxlint-disable-next-line no-await-in-loop
      const { actions } = await driver.plan(context, io)
      // oxlint-disable-next-line no-await-in-loop
      await provider.execute(pool, actions[0]!, io)
    }
    await clock.advance(60_000)
    const [group] = cloud.groups()
    cloud.terminate(cloud.instances(group!.name)[0]!.name)
    const executed = await driver.unhold(context, io)
    expect(executed.map(({ type }) => type)).toEqual(['SetHold', 'ReleaseInstance'])
    expect(cloud.groups()[0]?.holdOwner).toBeUndefined()
    expect(await driver.unhold(context, io)).toEqual([])
  })
})
