import { secrets } from '@machinepool/kube'
import { afterEach, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { poolManifest, startLight, type Light } from './first-light/light.ts'

let light: Light

afterEach(() => light.close())

const ownImage = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'default', name: 'own-image' },
  data: { value: Buffer.from('#!/bin/true').toString('base64') },
}

test('steady state: one listing for each hundred pools a poll, look-ups and writes none', async () => {
  // Longer than an answer may be shared: each poll is a new one.
  const steadyMs = 4500
  light = await startLight({ steadyMs })
  await light.system.client.create(secrets, ownImage)
  const names = Array.from({ length: 101 }, (_, index) => `steady-${index}`)
  await light.apply(
    names.map((name) => poolManifest({ name, replicas: 0, bootstrapSecret: 'own-image' })).join('\n---\n'),
  )
  await eventually(() => {
    const running = light.system.pools.list().filter(({ status }) => status?.phase === 'Running')
    expect(running).toHaveLength(101)
  }, 30_000)
  // The first writes have settled when a whole poll goes by without one.
  const { polls, before } = await eventually(async () => {
    const revision = await light.revision()
    light.aws.calls.reset()
    const listings = await pollsSince(2)
    if ((await light.revision()) !== revision) throw new Error('something was written')
    return { polls: listings, before: revision }
  }, 25_000)

  expect(Object.keys(light.aws.calls.counts())).toEqual(['autoscaling:DescribeAutoScalingGroups'])
  expect(await light.revision()).toBe(before)
  const asked = polls.map(({ input }) => input['AutoScalingGroupNames'] as readonly string[])
  const seen = new Set(asked.flat())
  expect(names.filter((name) => !seen.has(name))).toEqual([])
  expect(Math.max(...asked.map(({ length }) => length))).toBe(100)
  const rounds = Math.floor((polls.at(-1)!.time - polls[0]!.time) / steadyMs) + 2
  expect(polls.length).toBeLessThanOrEqual(2 * rounds)
}, 60_000)

/** The listings of so many polls, as soon as they have been asked for. */
function pollsSince(count: number) {
  return eventually(() => {
    const listings = light.aws.calls.list('DescribeAutoScalingGroups')
    if (listings.length < 2 * count) throw new Error(`${listings.length} listings`)
    return listings
  })
}

test('an instance that the cloud lists 5 s late is known within 15 s, at the usual pace', async () => {
  light = await startLight({ usualPace: true })
  await light.system.client.create(secrets, ownImage)
  await light.apply(poolManifest({ name: 'late', replicas: 1, bootstrapSecret: 'own-image' }))
  await light.running('late', 1)
  light.aws.setLag(5000)
  await light.kubectl(['scale', 'machinepool', 'late', '--replicas=2'])
  const started = Date.now()
  await eventually(async () => {
    const { spec } = await light.pool('late')
    expect(spec.providerIDList).toHaveLength(2)
  }, 15_000)
  // It was late indeed.
  expect(Date.now() - started).toBeGreaterThan(4000)
}, 40_000)
