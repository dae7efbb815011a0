import { readdirSync, readFileSync } from 'node:fs'

import {
  revision,
  type CloudRollout,
  type Instance,
  type InstanceState,
  type RolloutPolicy,
} from '@machinepool/contract'
import {
  capabilitiesOf,
  createManualClock,
  createMemoryCloud,
  doubles,
  type DoubleName,
} from '@machinepool/contract/testing'
import { expect, it } from 'vitest'
import { parse, stringify } from 'yaml'

import type { DrainProgress } from '../../drain/progress.ts'
import type { DrainCause } from '../ledger.ts'
import { defaultProgressDeadlineMs } from '../pool-context.ts'
import { decide } from './decide.ts'
import type { MachineState, NodeState, RolloutControls, Situation } from './situation.ts'

/** A pool at one moment, as short as a person writes it. Times are minutes before now. */
interface GoldenCase {
  readonly family?: DoubleName
  readonly replicas: number
  readonly minSize?: number
  readonly maxSize?: number
  readonly desired?: number
  readonly rollout?: Partial<RolloutPolicy>
  readonly minReadySeconds?: number
  readonly externallyScaled?: boolean
  readonly incomplete?: boolean
  readonly disconnected?: boolean
  readonly deleting?: boolean
  readonly controls?: Partial<RolloutControls>
  readonly progressAgo?: number
  /** What the cloud itself is rolling. */
  readonly cloud?: CloudRollout
  readonly instances: Readonly<Record<string, GoldenInstance>>
}

interface GoldenInstance {
  readonly revision?: 'old' | 'new' | 'none'
  readonly state?: InstanceState
  readonly age?: number
  readonly zone?: string
  readonly node?: 'ready' | 'notReady' | 'none'
  readonly readyAgo?: number
  readonly deleteFirst?: boolean
  /** Life for which its Node carries our cordon. */
  readonly cordonedFor?: string
  readonly protected?: boolean
  readonly notice?: string
  readonly drain?: { readonly cause: DrainCause; readonly ago: number; readonly phase?: DrainProgress['phase'] }
  readonly machine?: Partial<MachineState>
}

const folder = new URL('golden/', import.meta.url)
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.input.yaml'))
  .map((file) => file.replace('.input.yaml', ''))

const now = Date.UTC(2030, 0, 1)
const minute = 60_000
const wish = revision('1', 'new')
const revisions = { old: revision('1', 'old'), new: wish, none: undefined }

function situationOf(golden: GoldenCase): Situation {
  const { family = 'holding', minSize = 0, maxSize = 10, instances } = golden
  const entries = Object.entries(instances)
  const { behaviour } = createMemoryCloud({ clock: createManualClock(), behaviour: doubles[family] })
  const machines = entries.flatMap(([name, { machine }]) =>
    machine ? [[name, machineOf(name, machine)] as const] : [],
  )
  return {
    now,
    lifecycle: golden.deleting ? 'deleting' : 'active',
    paused: false,
    pool: {
      key: { namespace: 'default', name: 'pool' },
      cluster: { namespace: 'default', name: 'cluster' },
      managementId: 'management',
      spec: {},
      annotations: {},
      replicas: golden.replicas,
      failureDomains: [],
      recorded: {},
      adopt: false,
      externallyScaled: golden.externallyScaled ?? false,
      operations: [],
    },
    capabilities: { ...capabilitiesOf(behaviour), machines: machines.length > 0 },
    policy: {
      minSize,
      maxSize,
      rollout: { strategy: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0, deletePolicy: 'Oldest', ...golden.rollout },
    },
    observed: {
      exists: true,
      deleting: false,
      owner: 'ours',
      groupName: 'group',
      size: { desired: golden.desired ?? entries.length, min: minSize, max: maxSize },
      sizeOwner: 'us',
      instances: entries.map(([name, one]) => instanceOf(name, one)),
      complete: golden.incomplete !== true,
      templates: [{ id: 'template', current: true, revision: wish }],
      holdSet: true,
      operations: [],
      problems: [],
      leftovers: [],
      observedAt: now,
      ...(golden.cloud && { rollout: { ...golden.cloud, revision: wish } }),
    },
    resolved: { inputs: {}, problems: [] },
    bootstrap: { status: 'none' },
    revision: wish,
    drift: [],
    controlPlaneVersion: undefined,
    prerequisite: undefined,
    nodes: golden.disconnected ? undefined : new Map(entries.flatMap(([name, one]) => nodeOf(name, one))),
    machines: machines.length > 0 ? new Map(machines) : undefined,
    controls: {
      paused: false,
      approvalRequired: false,
      progressDeadlineMs: defaultProgressDeadlineMs,
      ...golden.controls,
    },
    timing: {
      minReadyMs: (golden.minReadySeconds ?? 0) * 1000,
      nodeDrainTimeoutMs: undefined,
      volumeDetachTimeoutMs: undefined,
    },
    holdTerminations: true,
    ledger: {
      operations: [],
      drains: entries.flatMap(([name, { drain }]) =>
        drain ? [{ ...keyOf(name), cause: drain.cause, startedAt: now - drain.ago * minute }] : [],
      ),
      ...(golden.progressAgo !== undefined && {
        rollout: { revision: wish, updated: entries.length, progressAt: now - golden.progressAgo * minute },
      }),
    },
    drains: new Map(entries.flatMap(([name, { drain }]) => (drain?.phase ? [progressOf(name, drain.phase)] : []))),
  }
}

const keyOf = (name: string) => ({ providerID: name, incarnation: name })

function instanceOf(name: string, golden: GoldenInstance): Instance {
  const mark = revisions[golden.revision ?? 'new']
  const state = golden.state ?? 'Running'
  return {
    ...keyOf(name),
    name,
    state,
    zone: golden.zone ?? 'a',
    ...(mark !== undefined && { revision: mark }),
    addresses: [],
    createdAt: now - (golden.age ?? 60) * minute,
    health: 'Healthy',
    protected: golden.protected ?? false,
    ...(golden.notice !== undefined && { notice: { reason: golden.notice } }),
    ...(state === 'TerminationHeld' && { hold: { ours: true, expiresAt: now + minute } }),
  }
}

function nodeOf(name: string, golden: GoldenInstance): [string, NodeState][] {
  if (golden.node === 'none') return []
  const ready = golden.node !== 'notReady'
  const readySince = now - (golden.readyAgo ?? 60) * minute
  const { deleteFirst = false, cordonedFor } = golden
  const cordon = cordonedFor === undefined ? {} : { cordonedFor }
  return [
    [name, { name: `node-${name}`, ready, ...(ready && { readySince }), unreachable: false, deleteFirst, ...cordon }],
  ]
}

function progressOf(name: string, phase: DrainProgress['phase']): [string, DrainProgress] {
  const blocked = phase === 'pods' ? [{ pod: 'app/web', by: 'PDB web' }] : []
  const podsLeft = phase === 'pods' ? 4 : 0
  return [name, { node: `node-${name}`, phase, podsLeft, blocked, volumesLeft: phase === 'volumes' ? 1 : 0 }]
}

function machineOf(name: string, machine: Partial<MachineState>): MachineState {
  const state = { managed: true, deleting: false, leaving: false, drained: false, deleteFirst: false }
  return { name: `machine-${name}`, ...state, ...machine }
}

/** What a decision does, in the order of its doing. */
function outcomeOf(golden: GoldenCase): object {
  const { wish: wanted, drains, uncordon, deleteMachines, ledger, conditions } = decide(situationOf(golden))
  return {
    size: wanted?.size ?? 'left alone',
    drain: drains.map(({ node }) => node),
    uncordon: uncordon.map(({ node }) => node),
    deleteMachines,
    remove: (wanted?.remove ?? []).map(({ instance, keepSize }) => ({
      [instance.incarnation]: keepSize ? 'replaced' : 'smaller',
    })),
    release: (wanted?.release ?? []).map(({ incarnation }) => incarnation),
    extend: (wanted?.extend ?? []).map(({ incarnation }) => incarnation),
    cloudRollout: wanted?.rollout ?? 'leave',
    recorded: ledger.drains.map(({ incarnation, cause }) => ({ [incarnation]: cause })),
    conditions: conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`),
  }
}

it.each(cases)('%s', async (name) => {
  const input = parse(readFileSync(new URL(`${name}.input.yaml`, folder), 'utf8')) as GoldenCase
  const output = stringify(outcomeOf(input), { lineWidth: 0, singleQuote: true })
  await expect(output).toMatchFileSnapshot(new URL(`${name}.output.yaml`, folder).pathname)
})
