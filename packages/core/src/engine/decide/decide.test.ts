import type { Instance } from '@machinepool/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { arbitrarySituation, capabilitiesOfFamily, now, old, wish } from './arbitrary-situation.test.support.ts'
import { decide } from './decide.ts'
import type { MachineState, NodeState, Situation } from './situation.ts'

function isAvailable(situation: Situation, { providerID, incarnation, state }: Instance): boolean {
  const node = situation.nodes?.get(providerID)
  const draining = situation.ledger.drains.some((record) => record.incarnation === incarnation)
  const settled = node?.readySince !== undefined && situation.now - node.readySince >= situation.timing.minReadyMs
  return !draining && (state === 'Running' || state === 'Unknown') && node?.ready === true && settled
}

function check(property: (situation: Situation) => void): void {
  const holds = fc.property(arbitrarySituation, ({ situation }) => {
    property(situation)
  })
  fc.assert(holds, { numRuns: 3_000 })
}

const servingNode = (name: string): NodeState => ({
  name,
  ready: true,
  readySince: now - 600_000,
  unreachable: false,
  deleteFirst: false,
})

/** A rollout that may take one instance at a time: most instances serve, those in zone c are as they were drawn. */
function rollingSituation(draw: Situation): Situation {
  const { pool, policy, ledger } = draw
  const instances = draw.observed.instances.map((instance): Instance =>
    instance.zone === 'c'
      ? instance
      : { ...instance, state: 'Running', protected: false, revision: instance.createdAt! % 3 === 0 ? wish : old },
  )
  const counted = instances.filter(({ state }) =>
    ['Running', 'Pending', 'Stopped', 'Failed', 'Unknown'].includes(state),
  )
  const serving = instances.filter(({ zone }) => zone !== 'c')
  return {
    ...draw,
    paused: false,
    lifecycle: 'active',
    nodes: new Map([
      ...(draw.nodes ?? []),
      ...serving.map(({ providerID }) => [providerID, servingNode(providerID)] as const),
    ]),
    pool: { ...pool, externallyScaled: false, replicas: counted.length },
    policy: {
      minSize: 0,
      maxSize: 20,
      rollout: { ...policy.rollout, strategy: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
    },
    capabilities: capabilitiesOfFamily('holding'),
    controls: { ...draw.controls, paused: false },
    observed: {
      ...draw.observed,
      instances,
      owner: 'ours',
      complete: true,
      size: { desired: counted.length, min: 0, max: 20 },
      templates: [{ id: 't', current: true, revision: wish }],
    },
    ledger: {
      ...ledger,
      drains: ledger.drains.filter(({ incarnation }) => !serving.some((one) => one.incarnation === incarnation)),
    },
  }
}

const managedMachine = (index: number): MachineState => ({
  name: `machine-${index}`,
  managed: true,
  deleting: index % 4 === 0,
  leaving: index % 4 === 0,
  drained: false,
  deleteFirst: false,
})

describe('decide, in any situation', () => {
  it('is deterministic', () => {
    check((situation) => expect(decide(situation)).toEqual(decide(situation)))
  })

  it('wants nothing of a group that is not ours (R2)', () => {
    check((situation) => {
      const { owner } = situation.observed
      if (owner !== 'foreign' && owner !== 'unmarked') return
      const { wish: wanted, drains, deleteMachines } = decide(situation)
      expect(wanted === undefined || situation.lifecycle !== 'active' || situation.paused).toBe(true)
      expect(drains).toEqual([])
      expect(deleteMachines).toEqual([])
      expect(wanted?.remove ?? []).toEqual([])
    })
  })

  it('writes nothing but heartbeats while paused (R28)', () => {
    check((situation) => {
      const { wish: wanted, onlyActions, drains, uncordon } = decide({ ...situation, paused: true })
      expect(onlyActions).toEqual(['ExtendHold'])
      expect(wanted?.remove ?? []).toEqual([])
      expect(wanted?.release ?? []).toEqual([])
      expect([...drains, ...uncordon]).toEqual([])
    })
  })

  it('removes only what it has seen, that may go and that is emptied (R3, R10)', () => {
    check((situation) => {
      const { wish: wanted, ledger } = decide({ ...situation, paused: false })
      for (const { instance } of wanted?.remove ?? []) {
        expect(situation.observed.complete).toBe(true)
        const seen = situation.observed.instances.find(({ incarnation }) => incarnation === instance.incarnation)!
        expect(['Running', 'Pending', 'Stopped', 'Failed']).toContain(seen.state)
        expect(seen.protected).toBe(false)
        const drained = situation.drains.get(instance.incarnation)?.phase === 'done'
        const nodeless = situation.nodes !== undefined && !situation.nodes.has(instance.providerID)
        expect(drained || nodeless || situation.capabilities.drainsByItself.rollout).toBe(true)
      }
      expect(new Set(wanted?.remove.map(({ instance }) => instance.incarnation)).size).toBe(wanted?.remove.length ?? 0)
      expect(new Set(ledger.drains.map(({ incarnation }) => incarnation)).size).toBe(ledger.drains.length)
    })
  })

  it('drains by the engine or by the Machine, never by both (R10)', () => {
    let both = 0
    check((draw) => {
      // Every other instance has a Machine that somebody drains; every fourth of these is being deleted.
      const machines = new Map(
        draw.observed.instances.flatMap(({ providerID }, index) =>
          index % 2 === 0 ? [[providerID, managedMachine(index)] as const] : [],
        ),
      )
      const { drains, deleteMachines, wish: wanted } = decide({ ...draw, paused: false, machines })
      for (const { providerID } of drains) expect(machines.has(providerID)).toBe(false)
      // Not before its Machine's controller is through with it.
      for (const { instance } of wanted?.remove ?? []) expect(machines.has(instance.providerID)).toBe(false)
      for (const name of deleteMachines) {
        expect([...machines.values()].find((machine) => machine.name === name)?.deleting).toBe(false)
      }
      if (drains.length > 0 && deleteMachines.length > 0) both += 1
    })
    expect(both).toBeGreaterThan(20)
  })

  it('has every drain on record before it begins', () => {
    check((situation) => {
      const { drains, ledger } = decide(situation)
      for (const drain of drains)
        expect(ledger.drains.some(({ incarnation }) => incarnation === drain.incarnation)).toBe(true)
    })
  })

  it('begins no replacement that would leave too few available (R11)', () => {
    let seen = 0
    check((draw) => {
      const situation = rollingSituation(draw)
      const { policy, observed, pool } = situation
      const wanted = Math.min(policy.maxSize, Math.max(policy.minSize, pool.replicas!))
      const before = situation.ledger.drains.map(({ incarnation }) => incarnation)
      const begun = decide(situation).ledger.drains.filter(
        ({ incarnation, cause }) => cause === 'rollout' && !before.includes(incarnation),
      )
      const taken = begun.filter((key) =>
        isAvailable(
          situation,
          observed.instances.find(({ incarnation }) => incarnation === key.incarnation)!,
        ),
      )
      if (taken.length === 0) return
      seen += 1
      const available = observed.instances.filter((instance) => isAvailable(situation, instance)).length
      expect(available - taken.length).toBeGreaterThanOrEqual(wanted - 1)
    })
    expect(seen).toBeGreaterThan(50)
  })

  it('never takes an instance of unknown revision for outdated (R29)', () => {
    check((draw) => {
      const situation: Situation = {
        ...draw,
        paused: false,
        lifecycle: 'active',
        ledger: { operations: [], drains: [] },
      }
      const rolled = decide(situation).ledger.drains.filter(({ cause }) => cause === 'rollout')
      const outdated = situation.observed.instances.filter((instance) => instance.revision === old)
      expect(outdated.map(({ incarnation }) => incarnation)).toEqual(
        expect.arrayContaining(rolled.map(({ incarnation }) => incarnation)),
      )
    })
  })

  it('sets a size inside the bounds and never below the living, and none under an external scaler (R7, R8)', () => {
    check((draw) => {
      const situation: Situation = { ...draw, paused: false, lifecycle: 'active' }
      const { wish: wanted } = decide(situation)
      if (wanted === undefined) return
      // What we took ourselves under an external scaler is given back.
      const { external, owed } = { external: situation.pool.externallyScaled, owed: situation.ledger.restore?.size }
      expect(external ? [undefined, owed].includes(wanted.size) : wanted.size !== undefined).toBe(true)
      if (external || wanted.size === undefined) return
      const { observed, policy, capabilities } = situation
      const live = observed.instances.filter(({ state }) =>
        ['Running', 'Pending', 'Stopped', 'Failed', 'Unknown'].includes(state),
      ).length
      const leaving = wanted.remove.filter(({ keepSize }) => !keepSize).length
      const lowest = capabilities.resizeRemovesLive ? 0 : Math.min(live, observed.size!.desired) - leaving
      expect(wanted.size).toBeGreaterThanOrEqual(Math.max(0, lowest))
      expect(wanted.size).toBeLessThanOrEqual(Math.max(policy.maxSize, observed.size!.desired))
    })
  })

  it('lists every instance that is there, sorted (R3, R22)', () => {
    check((situation) => {
      const { providerIDs } = decide(situation)
      if (providerIDs === undefined || providerIDs.length === 0) return
      const listed = situation.observed.instances
        .filter(({ state, announced }) => state !== 'Warmed' && announced !== true)
        .map(({ providerID }) => providerID)
      expect(providerIDs).toEqual(listed.toSorted())
    })
  })

  it('gives every condition a type of its own and a reason (R25)', () => {
    check((situation) => {
      const { conditions } = decide(situation)
      expect(new Set(conditions.map(({ type }) => type)).size).toBe(conditions.length)
      for (const { reason } of conditions) expect(reason).toMatch(/^[A-Z][A-Za-z]+$/)
    })
  })
})
