import type { PlannedPool } from './plan-pool.ts'

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
    ...pool.actions.map(({ type, reason, changes }) => [
      `${type}: ${reason}`,
      ...changes.map(({ field, from, to }) => `     ${field}: ${shown(from)} -> ${shown(to)}`),
    ]),
  ]
  const lines = [
    `MachinePool ${pool.namespace}/${pool.name} (${pool.infrastructure})`,
    ...steps.flatMap(([first = '', ...rest], index) => [`  ${index + 1}. ${first}`, ...rest]),
    ...(steps.length === 0 ? ['  nothing to do'] : []),
    ...pool.notes.map((note) => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
