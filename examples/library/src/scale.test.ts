import { createManualClock } from '@machinepool/contract/testing'
import { createAwsProvider } from '@machinepool/provider-aws'
import { createAwsSimulator } from '@machinepool/simulator'
import { afterEach, expect, test } from 'vitest'

import { consoleIo } from './console-io.ts'
import { poolOf } from './pool.ts'
import { scale } from './scale.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

test('scales a pool up and down on the provider alone', async () => {
  const clock = createManualClock()
  const aws = await createAwsSimulator({ clock })
  aws.region().addImage({
    id: 'ami-123',
    name: 'example',
    owner: '123456789012',
    architecture: 'x86_64',
    created: clock.now(),
    rootDevice: '/dev/sda1',
    rootSize: 8,
    tags: [],
  })
  const provider = createAwsProvider({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    endpoints: { autoscaling: aws.url, ec2: aws.url },
  })
  cleanups.push(
    () => provider.close(),
    () => aws.close(),
  )
  const pool = poolOf('workers', 'subnet-123', 'ami-123')
  const scaleTo = (size: number) => scale(provider, pool, size, consoleIo(), (ms) => clock.advance(ms))

  const three = await scaleTo(3)
  expect(three).toHaveLength(3)
  expect(three.every((id) => id.startsWith('aws:///us-east-1a/i-'))).toBe(true)
  const one = await scaleTo(1)
  expect(one).toHaveLength(1)
  expect(three).toContain(one[0])
  expect(
    aws
      .region()
      .groups()
      .map(({ name, desired }) => ({ name, desired })),
  ).toEqual([{ name: 'workers', desired: 1 }])
})
