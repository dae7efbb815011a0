import { parseRevision, type Instance } from '@machinepool/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { arbitrarySituation, now, old, wish } from './arbitrary-situation.test.support.ts'
import { resolveBudget } from './budget.ts'
import type { Decision } from './decision.ts'
import { ModelWorld } from './model-world.test.support.ts'
import type { Situation } from './situation.ts'

const mostTicks = 150

/** The trouble is over: everything can be seen, and the pool is ours and goes on. */
function troubleIsOver(draw: Situation): Situation {
  return {
    ...draw,
    lifecycle: 'active',
    paused: false,
    nodes: draw.nodes ?? new Map(),
    controls: { ...draw.controls, paused: false },
    observed: { ...draw.observed, owner: 'ours', complete: true },
  }
}

const isOutdated = ({ revision }: Instance): boolean => revision === old

/** What is wanted of the size, as the user or the external scaler has it. */
function wantedOf({ pool, policy, observed }: Situation): number {
  if (pool.externallyScaled) return observed.size!.desired
  return Math.min(policy.maxSize, Math.max(policy.minSize, pool.replicas ?? policy.minSize))
}

function isConverged(world: ModelWorld, wanted: number): boolean {
  const { observed, policy, ledger, nodes } = world.situation
  return (
    world.desired === wanted &&
    world.members.length === wanted &&
    observed.instances.every(
      ({ state, notice }) => state === 'Warmed' || (state === 'Running' && notice === undefined),
    ) &&
    world.members.every(({ providerID }) => nodes?.get(providerID)?.ready === true) &&
    (policy.rollout.strategy === 'OnDelete' || !world.members.some(isOutdated)) &&
    ledger.drains.length === 0 &&
    ledger.restore === undefined &&
    ledger.operations.length === 0
  )
}

/** Instances of this moment that serve: their Node is ready and nobody empties it. */
function availableIn({ observed, nodes, ledger, timing, now: at }: Situation): readonly Instance[] {
  return observed.instances.filter(({ providerID, incarnation, state }) => {
    const node = nodes?.get(providerID)
    const settled = timing.minReadyMs === 0 || at - (node?.readySince ?? at) >= timing.minReadyMs
    const isDraining = ledger.drains.some((record) => record.incarnation === incarnation)
    return (state === 'Running' || state === 'Unknown') && node?.ready === true && settled && !isDraining
  })
}

/** R7, R8, R10, R11 as a watcher sees them from outside: what was there before, and what was decided. */
function broken(before: Situation, { wish: wanted, ledger }: Decision): readonly string[] {
  if (wanted === undefined) return []
  const found: string[] = []
  const { observed, policy, capabilities, pool } = before
  const size = wantedOf(before)
  const budget = resolveBudget(policy.rollout, size, policy.maxSize, capabilities, pool.externallyScaled)
  const known = new Set(before.ledger.drains.map(({ incarnation }) => incarnation))
  const serving = availableIn(before)
  const begun = ledger.drains.filter(({ incarnation, cause }) => cause === 'rollout' && !known.has(incarnation))
  const removed = wanted.remove.map(({ instance }) => instance.incarnation)
  // What the cloud takes anyway waits for no budget.
  const taken = serving.filter(
    ({ incarnation, notice }) =>
      notice === undefined &&
      (begun.some((one) => one.incarnation === incarnation) ||
        (removed.includes(incarnation) &&
          !known.has(incarnation) &&
          wanted.remove.some(isRollout(before, incarnation)))),
  )
  const floor = size - budget.unavailable
  if (taken.length > 0 && serving.length - taken.length < floor)
    found.push(`R11: ${serving.length - taken.length} left`)
  const asked = pool.externallyScaled ? undefined : wanted.size
  if (asked !== undefined && asked > Math.max(observed.size!.desired, size + budget.surge)) {
    found.push(`R11: ${asked} wanted`)
  }
  if (asked !== undefined && asked > Math.max(observed.size!.desired, policy.maxSize)) {
    found.push(`R8: ${asked} above the maximum`)
  }
  for (const { instance } of wanted.remove) {
    const seen = observed.instances.find(({ incarnation }) => incarnation === instance.incarnation)
    if (seen === undefined || seen.protected || seen.state === 'Unknown' || seen.state === 'Warmed') {
      found.push(`R10: ${instance.incarnation} may not go`)
    }
  }
  return found
}

/** A removal that keeps the size replaces; one that is outdated is rolled. */
function isRollout(before: Situation, incarnation: string) {
  const outdated = before.observed.instances.some((one) => one.incarnation === incarnation && isOutdated(one))
  return (removal: { readonly instance: { readonly incarnation: string }; readonly keepSize: boolean }) =>
    removal.instance.incarnation === incarnation && removal.keepSize && outdated
}

it('comes from any situation to what is wished, and breaks no rule on the way', () => {
  const slowest = { ticks: 0 }
  const holds = fc.property(arbitrarySituation, ({ situation }) => {
    const world = new ModelWorld(troubleIsOver(situation))
    const wanted = wantedOf(world.situation) + (world.situation.pool.externallyScaled ? restored(world.situation) : 0)
    const { capabilities, policy } = world.situation
    const path: string[] = [
      JSON.stringify({ rolls: capabilities.cloudRollout, removes: capabilities.removeKeepingSize, ...policy }),
    ]
    while (!isConverged(world, wanted)) {
      if (world.ticks > mostTicks)
        throw new Error(`not converged:\n${[path[0], ...path.slice(1, 8), ...path.slice(-3)].join('\n')}`)
      const before = world.situation
      const decision = world.tick()
      path.push(lineOf(before, decision))
      const rules = broken(before, decision)
      if (rules.length > 0) throw new Error(`${rules.join(', ')}:\n${[path[0], ...path.slice(-6)].join('\n')}`)
    }
    slowest.ticks = Math.max(slowest.ticks, world.ticks)
    // And rests there: nothing is asked for any more.
    const before = world.situation
    const decision = world.tick()
    const { wish: rest, drains, deleteMachines } = decision
    path.push(lineOf(before, decision))
    const asked = [...(rest?.remove ?? []), ...(rest?.release ?? []), ...drains, ...deleteMachines]
    if (asked.length > 0 || !isConverged(world, wanted)) throw new Error(`does not rest:\n${path.slice(-4).join('\n')}`)
  })
  fc.assert(holds, { numRuns: 3_000 })
  expect(slowest.ticks).toBeGreaterThan(10)
})

/** Under an external scaler our own decrement is given back. */
function restored({ ledger, observed }: Situation): number {
  const { restore } = ledger
  if (restore === undefined) return 0
  return observed.size!.desired === restore.size - restore.instances.length ? restore.instances.length : 0
}

function lineOf(before: Situation, { wish: wanted, drains, ledger }: Decision): string {
  const instances = before.observed.instances.map(
    ({ incarnation, state, revision, protected: kept }) =>
      `${incarnation}:${state}${revision === wish ? '' : `(${parseRevision(revision ?? '') ? 'old' : 'unmarked'})`}${kept ? '!' : ''}`,
  )
  return [
    `${(before.now - now) / 1000} s`,
    `desired ${before.observed.size?.desired}`,
    instances.join(' '),
    `-> size ${wanted?.size}`,
    `drain ${drains.map(({ incarnation }) => incarnation).join(',')}`,
    `remove ${wanted?.remove.map(({ instance, keepSize }) => `${instance.incarnation}${keepSize ? '+' : '-'}`).join(',')}`,
    `rollout ${wanted?.rollout}`,
    `restore ${JSON.stringify(ledger.restore)}`,
  ].join(' | ')
}
