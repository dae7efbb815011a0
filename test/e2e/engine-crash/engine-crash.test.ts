import { engineAnnotations } from '@machinepool/core'
import { nodes } from '@machinepool/kube'
import { createManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator } from '@machinepool/simulator'
import { beforeAll, describe, expect, test } from 'vitest'

import type { Where } from '../../../bench/src/aws/life.ts'
import { createRig } from '../../../bench/src/aws/rig.ts'
import { createLifeline, type CountingLifeline, type End } from './lifeline.ts'

const minute = 60_000
const pool = 'np'

/**
 * Create, scale up, roll, roll again in the middle of that, scale down, delete: the state after each, without names, ids and
 * times. The process ends where the lifeline says, and another one goes on.
 */
async function liveThrough(lifeline: CountingLifeline): Promise<readonly unknown[]> {
  const clock = createManualClock()
  const timings = { reaction: 1_000, launch: 2_000, boot: 1_000, shutdown: 2_000, healthCheck: 0 }
  const aws = await createAwsSimulator({ clock, region: 'us-east-1', timings })
  const rig = createRig({ url: aws.url, advance: () => Promise.resolve() }, clock, lifeline)
  const groups = () => aws.region().groups()
  const states: unknown[] = []

  const isSettled = (type: string, count: number): boolean => {
    const { spec, status, metadata } = rig.pool(pool)!
    const members = groups()[0]?.members ?? []
    return (
      members.length === count &&
      members.every((member) => member.type === type && member.state === 'InService') &&
      spec?.providerIDList?.length === count &&
      metadata.annotations?.[engineAnnotations.ledger] === undefined &&
      status?.conditions?.find((one) => one.type === 'Ready')?.status === 'True' &&
      status.conditions.every(({ type: one }) => one !== 'RollingOut' && one !== 'Draining')
    )
  }
  const state = () => ({
    groups: groups().map(({ name, desired, min, max, tags, hooks, members }) => ({
      name,
      desired,
      min,
      max,
      tags,
      hooks,
      members: members.map(({ type, state: one }) => [type, one]),
    })),
    templates: aws
      .region()
      .launchTemplates()
      .map(({ name, tags }) => ({ name, tags })),
    pool: rig.pool(pool) && {
      replicas: rig.pool(pool)?.status?.replicas,
      conditions: rig.pool(pool)?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]),
      annotations: Object.keys(rig.pool(pool)?.metadata.annotations ?? {}).toSorted(),
    },
    cordoned: rig.workload.list(nodes).filter(({ spec }) => spec?.unschedulable === true).length,
  })
  const phase = async (type: string, count: number) => {
    await rig.until(`${count} of ${type}`, 60 * minute, () => isSettled(type, count))
    await rig.run(minute)
    states.push(state())
  }

  try {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } as const
    rig.addPool(pool, 2, { strategy } as never)
    await phase('m5.large', 2)
    rig.setReplicas(pool, 3)
    await phase('m5.large', 3)
    rig.setSpec(pool, { awsLaunchTemplate: { instanceType: 'm5.xlarge' } })
    await rig.until('a new instance', 60 * minute, () => groups()[0]!.members.some(({ type }) => type === 'm5.xlarge'))
    rig.setSpec(pool, { awsLaunchTemplate: { instanceType: 'm5.2xlarge' } })
    await phase('m5.2xlarge', 3)
    rig.setReplicas(pool, 1)
    await phase('m5.2xlarge', 1)
    await rig.remove(pool)
    await rig.until('no pool', 60 * minute, () => rig.pool(pool) === undefined)
    states.push(state())
    return states
  } finally {
    await rig.close()
    await aws.close()
  }
}

/** Every write of an undisturbed life, each before and after it takes effect. */
function endsOf({ writes }: CountingLifeline, where: Where): readonly End[] {
  return writes[where].flatMap((_, number) =>
    (['before', 'after'] as const).map((effect): End => ({ where, number, effect })),
  )
}

const undisturbed = createLifeline(undefined)
let expected: readonly unknown[]

beforeAll(async () => {
  expected = await liveThrough(undisturbed)
})

const livesAtOnce = 4

describe('a process that drives an AWSMachinePool', () => {
  test('leaves nothing behind in the end', () => {
    expect(expected.at(-1)).toEqual({ groups: [], templates: [], pool: undefined, cordoned: 0 })
    expect(undisturbed.writes.cloud.length).toBeGreaterThan(20)
  })

  test.each(['cloud', 'management', 'workload'] as const)(
    'and ends at any write to the %s is as if it had lived on',
    async (where) => {
      const ends = [...endsOf(undisturbed, where)]
      const live = async () => {
        for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
          const lifeline = createLifeline(end)
          // oxlint-disable-next-line no-await-in-loop
          const states = await liveThrough(lifeline)
          expect({ end, deaths: lifeline.deaths, states }).toEqual({ end, deaths: 1, states: expected })
        }
      }
      await Promise.all(Array.from({ length: livesAtOnce }, live))
    },
    300_000,
  )
})
