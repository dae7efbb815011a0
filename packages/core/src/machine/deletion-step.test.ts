import type { Machine } from '@machinepool/api'
import { expect, it } from 'vitest'

import { nextDeletionStep, type DeletionSituation } from './deletion-step.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const preDrain = 'pre-drain.delete.hook.machine.cluster.x-k8s.io/backup'
const preTerminate = 'pre-terminate.delete.hook.machine.cluster.x-k8s.io/deregister'

interface Case {
  readonly annotations?: Record<string, string>
  readonly limits?: Machine['spec']['deletion']
  readonly times?: NonNullable<Machine['status']>['deletion']
  readonly node?: 'skip'
  readonly defaultDrainMs?: number
  readonly drained?: boolean
}

function step({ annotations = {}, limits, times, node, defaultDrainMs, drained = false }: Case): string {
  const machine: Machine = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Machine',
    metadata: { name: 'm', annotations },
    spec: {
      clusterName: 'c',
      bootstrap: {},
      infrastructureRef: { apiGroup: 'g', kind: 'K', name: 'm' },
      ...(limits === undefined ? {} : { deletion: limits }),
    },
    ...(times === undefined ? {} : { status: { deletion: times } }),
  }
  const situation: DeletionSituation = { machine, node: node ?? 'drain', defaultDrainMs, now }
  const next = nextDeletionStep(situation, drained)
  return next.step === 'DrainingNode' ? `drain evict=${next.evict} volumes=${next.waitForVolumes}` : next.step
}

const anHourAgo = '2026-03-01T11:00:00Z'

it.each<[string, Case, string]>([
  ['drains first', {}, 'drain evict=true volumes=true'],
  ['hooks before draining', { annotations: { [preDrain]: '' } }, 'WaitingForPreDrainHook'],
  ['the other hook only after draining', { annotations: { [preTerminate]: '' } }, 'drain evict=true volumes=true'],
  [
    'hooks before the instance goes',
    { annotations: { [preTerminate]: '' }, drained: true },
    'WaitingForPreTerminateHook',
  ],
  ['the instance last', { drained: true }, 'WaitingForInfrastructureDeletion'],
  ['no Node', { node: 'skip' }, 'WaitingForInfrastructureDeletion'],
  [
    'excluded from draining',
    { annotations: { 'machine.cluster.x-k8s.io/exclude-node-draining': '' } },
    'drain evict=false volumes=true',
  ],
  [
    'excluded from both',
    {
      annotations: {
        'machine.cluster.x-k8s.io/exclude-node-draining': '',
        'machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach': '',
      },
    },
    'WaitingForInfrastructureDeletion',
  ],
  ['no limit', { times: { nodeDrainStartTime: anHourAgo } }, 'drain evict=true volumes=true'],
  [
    'zero is no limit',
    { limits: { nodeDrainTimeoutSeconds: 0 }, times: { nodeDrainStartTime: anHourAgo } },
    'drain evict=true volumes=true',
  ],
  [
    'its own limit',
    { limits: { nodeDrainTimeoutSeconds: 3600 }, times: { nodeDrainStartTime: anHourAgo } },
    'drain evict=false volumes=true',
  ],
  [
    'not yet',
    { limits: { nodeDrainTimeoutSeconds: 3601 }, times: { nodeDrainStartTime: anHourAgo } },
    'drain evict=true volumes=true',
  ],
  [
    'volumes have a limit of their own',
    {
      limits: { nodeDrainTimeoutSeconds: 60, nodeVolumeDetachTimeoutSeconds: 60 },
      times: { nodeDrainStartTime: anHourAgo, waitForNodeVolumeDetachStartTime: anHourAgo },
    },
    'WaitingForInfrastructureDeletion',
  ],
  [
    'the limit of a deleted pool',
    { defaultDrainMs: 600_000, times: { nodeDrainStartTime: anHourAgo, waitForNodeVolumeDetachStartTime: anHourAgo } },
    'WaitingForInfrastructureDeletion',
  ],
])('%s', (_, situation, expected) => {
  expect(step(situation)).toBe(expected)
})
