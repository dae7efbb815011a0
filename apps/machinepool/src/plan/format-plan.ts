import type { PlannedPool, PlannedReplacement } from './plan-pool.ts'

/** True when anything at all would be done. */
export function hasWork({ actions, drains, machines }: PlannedPool): boolean {
  return actions.length + drains.length + machines.length > 0
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
    ...(steps.length === 0 ? ['  nothing to do'] : []),
    ...(pool.replacement ? formatReplacement(pool.replacement) : []),
    ...pool.notes.map((note) => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

/** What comes after these steps, for each of which the engine looks again. */
function formatReplacement({ instances, strategy, maxSurge, maxUnavailable }: PlannedReplacement): readonly string[] {
  const many = `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`
  const how: Readonly<Record<string, string>> = {
    OnDelete: `  outdated (OnDelete): ${many}, replaced when they go`,
    CloudRollout: `  then the cloud replaces ${many}:`,
  }
  const budget = `at most ${maxSurge} more and ${maxUnavailable} fewer at a time`
  return [
    how[strategy] ?? `  then ${many} ${instances.length === 1 ? 'is' : 'are'} replaced, ${budget}:`,
    ...instances.map((instance) => `     ${instance}`),
  ]
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
