import type { InstanceProperties } from '../state.ts'
import type { UpdateAction, UpdatePolicy } from './state.ts'

const order: readonly UpdateAction[] = ['NONE', 'REFRESH', 'RESTART', 'REPLACE']

/** https://cloud.google.com/compute/docs/instance-groups/updating-migs#configuring_the_type_of_update */
const refreshable = new Set(['metadata', 'labels', 'tags', 'description'])
const restartable = new Set([
  'machineType',
  'scheduling',
  'serviceAccounts',
  'minCpuPlatform',
  'shieldedInstanceConfig',
])

/** The least that must be done to an instance made from one set of properties so that it has another one. */
export function neededAction(from: InstanceProperties | undefined, to: InstanceProperties | undefined): UpdateAction {
  if (!from || !to) return 'REPLACE'
  const differing = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]),
  )
  if (differing.length === 0) return 'NONE'
  if (differing.every((name) => refreshable.has(name))) return 'REFRESH'
  if (differing.every((name) => refreshable.has(name) || restartable.has(name))) return 'RESTART'
  return 'REPLACE'
}

/** What is done in the end: nothing when more is needed than is allowed. */
export function chosenAction(
  needed: UpdateAction,
  {
    minimalAction,
    mostDisruptiveAllowedAction = 'REPLACE',
  }: Pick<UpdatePolicy, 'minimalAction' | 'mostDisruptiveAllowedAction'>,
): UpdateAction {
  const wanted = Math.max(order.indexOf(needed), order.indexOf(minimalAction))
  return wanted > order.indexOf(mostDisruptiveAllowedAction) ? 'NONE' : order[wanted]!
}
