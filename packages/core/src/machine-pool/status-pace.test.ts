import type { MachinePool, MachinePoolStatus } from '@machinepool/api'
import { expect, test } from 'vitest'

import { createStatusPace } from './status-pace.ts'

const created = Date.UTC(2026, 0, 1)

function pool(phase: string | undefined): MachinePool {
  return {
    metadata: { uid: 'a', creationTimestamp: new Date(created).toISOString() },
    ...(phase !== undefined && { status: { phase } }),
  } as unknown as MachinePool
}

const wanted = (phase: string) => ({ phase }) as MachinePoolStatus

test('the first moments of a pool are told in one write', () => {
  const pace = createStatusPace()
  expect(pace.delayMs(pool(undefined), wanted('Provisioning'), false, created + 500)).toBe(4500)
  expect(pace.delayMs(pool(undefined), wanted('Provisioning'), false, created + 5000)).toBe(0)
})

test('steps of a young pool that follow each other cost a write now and then', () => {
  const pace = createStatusPace()
  const now = created + 20_000
  expect(pace.delayMs(pool('Provisioning'), wanted('ScalingUp'), false, now)).toBe(0)
  pace.written(pool('Provisioning'), now)
  expect(pace.delayMs(pool('Provisioning'), wanted('ScalingUp'), false, now + 300)).toBe(9700)
  expect(pace.delayMs(pool('Provisioning'), wanted('ScalingUp'), false, now + 10_000)).toBe(0)
  expect(pace.delayMs(pool('Provisioning'), wanted('ScalingUp'), false, created + 60_000)).toBe(0)
})

test('Nodes that join one by one cost a write now and then', () => {
  const pace = createStatusPace()
  const now = created + 3_600_000
  pace.written(pool('ScalingUp'), now)
  expect(pace.delayMs(pool('ScalingUp'), wanted('ScalingUp'), false, now + 300)).toBe(9700)
  expect(pace.delayMs(pool('ScalingUp'), wanted('ScalingUp'), false, now + 10_000)).toBe(0)
})

test('arrival, trouble, and the end of a pause are never held back', () => {
  const pace = createStatusPace()
  const now = created + 20_000
  pace.written(pool('ScalingUp'), now)
  expect(pace.delayMs(pool('ScalingUp'), wanted('Running'), false, now)).toBe(0)
  expect(pace.delayMs(pool('ScalingUp'), wanted('ScalingUp'), true, now)).toBe(0)
  const paused = pool('ScalingUp')
  paused.status!.conditions = [
    { type: 'Paused', status: 'True', reason: 'Paused', message: '', lastTransitionTime: '' },
  ]
  expect(pace.delayMs(paused, wanted('ScalingUp'), false, now)).toBe(0)
})

const told = (readyReplicas: number) => ({ ...wanted('ScalingUp'), readyReplicas })

test('fewer ready replicas are told at once, also while others join', () => {
  const pace = createStatusPace()
  const now = created + 3_600_000
  const growing = pool('ScalingUp')
  growing.status!.readyReplicas = 3
  pace.written(growing, now)
  expect(pace.delayMs(growing, told(2), false, now + 300)).toBe(0)
  expect(pace.delayMs(growing, told(4), false, now + 300)).toBe(9700)
})
