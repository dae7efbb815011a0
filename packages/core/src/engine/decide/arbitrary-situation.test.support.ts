import { revision, type Capabilities, type Instance, type InstanceState, type Observation } from '@machinepool/contract'
import {
  capabilitiesOf,
  createManualClock,
  createMemoryCloud,
  doubles,
  type DoubleName,
} from '@machinepool/contract/testing'
import fc from 'fast-check'

import type { DrainProgress } from '../../drain/progress.ts'
import { defaultProgressDeadlineMs } from '../pool-context.ts'
import type { NodeState, Situation } from './situation.ts'

export const now = Date.UTC(2030, 0, 1)
export const wish = revision('1', 'new')
export const old = revision('1', 'old')
const revisions = [wish, old, revision('2', 'other'), undefined] as const
export const families = Object.keys(doubles) as DoubleName[]

export function capabilitiesOfFamily(family: DoubleName): Capabilities {
  return capabilitiesOf(createMemoryCloud({ clock: createManualClock(), behaviour: doubles[family] }).behaviour)
}

const arbitraryState = fc.constantFrom<InstanceState>(
  'Running',
  'Running',
  'Running',
  'Pending',
  'Terminating',
  'TerminationHeld',
  'Stopped',
  'Standby',
  'Warmed',
  'Retained',
  'Failed',
  'Unknown',
)

interface Drawn {
  readonly state: InstanceState
  readonly revision: (typeof revisions)[number]
  readonly zone: string
  readonly age: number
  readonly node: 'none' | 'ready' | 'notReady' | 'young'
  readonly drain: 'none' | 'running' | 'done' | 'blocked'
  readonly isProtected: boolean
  readonly hasNotice: boolean
  readonly deleteFirst: boolean
  readonly announced: boolean
}

const arbitraryInstance: fc.Arbitrary<Drawn> = fc.record({
  state: arbitraryState,
  revision: fc.constantFrom(...revisions),
  zone: fc.constantFrom('a', 'b', 'c'),
  age: fc.integer({ min: 0, max: 7_200_000 }),
  node: fc.constantFrom('none', 'ready', 'ready', 'notReady', 'young'),
  drain: fc.constantFrom('none', 'none', 'running', 'done', 'blocked'),
  isProtected: fc.nat(3).map((one) => one === 0),
  hasNotice: fc.nat(9).map((one) => one === 0),
  deleteFirst: fc.nat(9).map((one) => one === 0),
  announced: fc.boolean(),
})

export const arbitrarySituation: fc.Arbitrary<{ readonly situation: Situation }> = fc
  .record({
    family: fc.constantFrom(...families),
    drawn: fc.array(arbitraryInstance, { maxLength: 8 }),
    replicas: fc.integer({ min: 0, max: 10 }),
    minSize: fc.integer({ min: 0, max: 3 }),
    span: fc.integer({ min: 0, max: 7 }),
    offset: fc.integer({ min: -2, max: 2 }),
    maxSurge: fc.constantFrom<number | string>(0, 1, 2, '25%', '100%', '0%'),
    maxUnavailable: fc.constantFrom<number | string>(0, 1, '25%', '50%', '0%'),
    strategy: fc.constantFrom('RollingUpdate', 'RollingUpdate', 'OnDelete', 'CloudRollout'),
    deletePolicy: fc.constantFrom('Oldest', 'Newest', 'Random'),
    complete: fc.boolean(),
    connected: fc.boolean(),
    external: fc.boolean(),
    paused: fc.boolean(),
    templateLive: fc.boolean(),
    owner: fc.constantFrom('ours', 'ours', 'ours', 'foreign', 'unmarked', 'adoptable'),
    lifecycle: fc.constantFrom('active', 'active', 'active', 'deleting', 'clusterDeleting'),
    rolloutPaused: fc.boolean(),
    minReadySeconds: fc.constantFrom(0, 60),
    restoring: fc.constantFrom('no', 'no', 'no', 'gone', 'living'),
    removing: fc.nat(9).map((one) => one === 0),
  })
  .map((drawn) => ({ situation: situationOf(drawn) }))

function situationOf(draw: {
  family: DoubleName
  drawn: readonly Drawn[]
  replicas: number
  minSize: number
  span: number
  offset: number
  maxSurge: number | string
  maxUnavailable: number | string
  strategy: string
  deletePolicy: string
  complete: boolean
  connected: boolean
  external: boolean
  paused: boolean
  templateLive: boolean
  owner: string
  lifecycle: string
  rolloutPaused: boolean
  minReadySeconds: number
  restoring: 'no' | 'gone' | 'living'
  removing: boolean
}): Situation {
  const instances = draw.drawn.map(instanceOf)
  const counted = draw.drawn.filter(({ state }) =>
    ['Running', 'Pending', 'Stopped', 'Failed', 'Unknown'].includes(state),
  ).length
  const maxSize = draw.minSize + draw.span
  const desired = Math.max(0, counted + draw.offset)
  const capabilities = capabilitiesOfFamily(draw.family)
  const restores = draw.external && capabilities.removeKeepingSize === 'twoWrites'
  const observed: Observation = {
    exists: true,
    deleting: false,
    owner: draw.owner as Observation['owner'],
    providerID: 'group',
    groupName: 'group',
    size: { desired, min: draw.minSize, max: maxSize },
    sizeOwner: 'us',
    instances,
    complete: draw.complete,
    templates: [{ id: 't', current: true, revision: draw.templateLive ? wish : old }],
    holdSet: true,
    operations: [],
    problems: [],
    leftovers: [],
    observedAt: now,
  }
  return {
    now,
    lifecycle: draw.lifecycle as Situation['lifecycle'],
    paused: draw.paused,
    pool: {
      key: { namespace: 'default', name: 'pool' },
      cluster: { namespace: 'default', name: 'cluster' },
      managementId: 'm',
      spec: {},
      annotations: {},
      replicas: draw.replicas,
      failureDomains: [],
      recorded: {},
      adopt: true,
      externallyScaled: draw.external,
      operations: [],
    },
    capabilities,
    policy: {
      minSize: draw.minSize,
      maxSize,
      rollout: {
        strategy: draw.strategy as 'RollingUpdate',
        maxSurge: draw.maxSurge,
        maxUnavailable: draw.maxUnavailable,
        deletePolicy: draw.deletePolicy as 'Oldest',
      },
    },
    observed,
    resolved: { inputs: {}, problems: [] },
    bootstrap: { status: 'none' },
    revision: wish,
    drift: [],
    controlPlaneVersion: undefined,
    prerequisite: undefined,
    nodes: draw.connected ? new Map(draw.drawn.flatMap((one, index) => nodeOf(one, index))) : undefined,
    machines: undefined,
    controls: { paused: draw.rolloutPaused, approvalRequired: false, progressDeadlineMs: defaultProgressDeadlineMs },
    timing: {
      minReadyMs: draw.minReadySeconds * 1000,
      nodeDrainTimeoutMs: undefined,
      volumeDetachTimeoutMs: undefined,
    },
    holdTerminations: true,
    ledger: {
      operations:
        draw.removing && instances[0]
          ? [
              {
                id: 'operation',
                action: 'RemoveInstances',
                idempotencyKey: 'key',
                startedAt: now - 5_000,
                instances: [keyAt(0)],
                handle: {},
              },
            ]
          : [],
      ...(restores && draw.restoring === 'gone' && { restore: { size: desired + 1, instances: [keyAt(99)] } }),
      ...(restores && draw.restoring === 'living' && { restore: { size: desired, instances: [keyAt(0)] } }),
      drains: draw.drawn.flatMap(({ drain }, index) =>
        drain === 'none' ? [] : [{ ...keyAt(index), cause: 'rollout' as const, startedAt: now - 60_000 }],
      ),
    },
    drains: new Map(draw.drawn.flatMap(({ drain }, index) => progressOf(drain, index))),
  }
}

const keyAt = (index: number) => ({ providerID: `id-${index}`, incarnation: `life-${index}` })

function instanceOf(drawn: Drawn, index: number): Instance {
  return {
    ...keyAt(index),
    state: drawn.state,
    zone: drawn.zone,
    ...(drawn.revision !== undefined && { revision: drawn.revision }),
    addresses: [],
    createdAt: now - drawn.age,
    health: 'Healthy',
    protected: drawn.isProtected,
    ...(drawn.announced && drawn.state === 'Pending' && { announced: true as const }),
    ...(drawn.hasNotice && drawn.state === 'Running' && { notice: { reason: 'Spot' } }),
    ...(drawn.state === 'TerminationHeld' && {
      hold: { ours: true, expiresAt: now + 100_000, latestAt: now + 3_600_000 },
    }),
  }
}

function nodeOf({ node, deleteFirst }: Drawn, index: number): [string, NodeState][] {
  if (node === 'none') return []
  const ready = node !== 'notReady'
  const readySince = node === 'young' ? now - 1_000 : now - 600_000
  return [
    [`id-${index}`, { name: `node-${index}`, ready, ...(ready && { readySince }), unreachable: false, deleteFirst }],
  ]
}

function progressOf(drain: Drawn['drain'], index: number): [string, DrainProgress][] {
  if (drain !== 'done' && drain !== 'blocked') return []
  const phase = drain === 'done' ? 'done' : 'pods'
  return [[`life-${index}`, { node: `node-${index}`, phase, podsLeft: 1, blocked: [], volumesLeft: 0 }]]
}
