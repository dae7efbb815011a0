import type { PlannedPool, PlannedReplacement } from './plan-pool.ts'

/** True when anything at all would be done. */
export function hasWork({ actions, drains, machines, replacement }: PlannedPool): boolean {
  return actions.length + drains.length + machines.length > 0 || replacement?.begins === true
}

/** For a person: the steps in order, each with the fields that differ. */
export function formatPlan(pools: readonly PlannedPool[]): string {
  return pools.map(formatPool).join('\n')
}

function formatPool(pool: PlannedPool): string {
  const steps = [
    ...pool.machines.map((machine) => [`DeleteMachine ${machine}: its Node is emptied first`]),
    ...pool.drains.map((node) => [`Drain ${node}: cordoned and emptied before its instance is removed`]),
    ...pool.actions.map(({ type, reason, changes, instances = [] }) => [
      `${type}: ${reason}`,
      ...instances.map((instance) => `     ${instance}`),
      ...changes.map(({ field, from, to }) => `     ${field}: ${shown(from)} -> ${shown(to)}`),
    ]),
  ]
  const lines = [
    `MachinePool ${pool.namespace}/${pool.name} (${pool.infrastructure})`,
    ...steps.flatMap(([first = '', ...rest], index) => [`  ${index + 1}. ${first}`, ...rest]),
    ...(steps.length === 0 ? [hasWork(pool) ? '  nothing at the moment' : '  nothing to do'] : []),
    ...(pool.replacement ? formatReplacement(pool.replacement) : []),
    ...pool.notes.map((note) => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

/** What comes after these steps, for each of which the engine looks again. */
function formatReplacement(replacement: PlannedReplacement): readonly string[] {
  const { instances, strategy, begins, maxSurge, maxUnavailable } = replacement
  const many = instances.length === 1 ? '1 instance is' : `${instances.length} instances are`
  const budget = `at most ${maxSurge} more and ${maxUnavailable} fewer at a time`
  const by = strategy === 'CloudRollout' ? 'by a rollout of the cloud' : budget
  const line = begins ? `  then ${many} replaced, ${by}:` : `  ${many} outdated and not replaced now:`
  return [line, ...instances.map((instance) => `     ${instance}`)]
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
