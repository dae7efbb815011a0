import type { Event, KubeObject } from '@machinepool/kube'
import { pino } from 'pino'
import { expect, test } from 'vitest'

import { createEventRecorder } from './event-recorder.ts'
import { FakeApi } from './fake-api.test.support.ts'
import { createManualClock } from '@machinepool/kube/testing'

const pool: KubeObject = {
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'MachinePool',
  metadata: { namespace: 'ns', name: 'pool', uid: 'u1' },
}

function setup() {
  const api = new FakeApi()
  const clock = createManualClock(Date.parse('2026-01-01T00:00:00.500Z'))
  const recorder = createEventRecorder({
    client: api.client(),
    clock,
    log: pino({ level: 'silent' }),
    component: 'test',
  })
  const written = () => [...api.objects.values()] as Event[]
  return { api, clock, recorder, written }
}

test('an event says what happened to which object', async () => {
  const { recorder, written } = setup()
  recorder.event(pool, 'Warning', 'Failed', 'no capacity')
  await recorder.flush()
  expect(written()).toMatchObject([
    {
      metadata: { namespace: 'ns', name: expect.stringMatching(/^pool\.[0-9a-f]{16}$/) as unknown },
      involvedObject: {
        apiVersion: 'cluster.x-k8s.io/v1beta2',
        kind: 'MachinePool',
        namespace: 'ns',
        name: 'pool',
        uid: 'u1',
      },
      type: 'Warning',
      reason: 'Failed',
      message: 'no capacity',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'test' },
    },
  ])
})

test('a repeated event is one event with a count', async () => {
  const { clock, recorder, written } = setup()
  for (let index = 0; index < 3; index++) {
    recorder.event(pool, 'Normal', 'Scaled', 'to 3')
    await clock.advance(60_000)
  }
  await recorder.flush()
  expect(written()).toMatchObject([
    { count: 3, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:02:00Z' },
  ])
})

test('a repeated event that the server has forgotten is written anew', async () => {
  const { api, recorder, written } = setup()
  recorder.event(pool, 'Normal', 'Scaled', 'to 3')
  await recorder.flush()
  api.objects.clear()
  recorder.event(pool, 'Normal', 'Scaled', 'to 3')
  await recorder.flush()
  expect(written()).toMatchObject([{ message: 'to 3', count: 1 }])
})

test('many messages of one reason become one event', async () => {
  const { recorder, written } = setup()
  for (let index = 0; index < 14; index++) recorder.event(pool, 'Normal', 'Joined', `node ${index}`)
  await recorder.flush()
  expect(written()).toHaveLength(11)
  expect(written().at(-1)).toMatchObject({ message: '(combined from similar events): node 13', count: 4 })
})

test('an object that never stops is cut short, the others are not', async () => {
  const { recorder, written } = setup()
  for (let index = 0; index < 100; index++) recorder.event(pool, 'Normal', `Reason${index}`, 'x')
  recorder.event({ ...pool, metadata: { ...pool.metadata, name: 'other' } }, 'Normal', 'Fine', 'x')
  await recorder.flush()
  expect(written()).toHaveLength(26)
})

test('a server that refuses is not the caller’s trouble', async () => {
  const { recorder } = setup()
  const failing = createEventRecorder({
    client: new FakeApi().client(() => {
      throw new Error('forbidden')
    }),
    clock: createManualClock(),
    log: pino({ level: 'silent' }),
    component: 'test',
  })
  expect(() => failing.event(pool, 'Normal', 'A', 'x')).not.toThrow()
  await expect(failing.flush()).resolves.toBeUndefined()
  recorder.event(pool, 'Normal', 'A', 'x'.repeat(5000))
  await recorder.flush()
})
