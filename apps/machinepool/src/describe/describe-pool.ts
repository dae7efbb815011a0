import { formatTable } from '../output/table.ts'
import type { DescribedInstance } from './pool-instances.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

/** An object as the tree shows it. */
export interface DescribedObject {
  readonly kind: string
  readonly name: string
  readonly conditions: readonly Condition[]
}

export interface DescribedEvent {
  readonly at: string
  readonly type: string
  readonly reason: string
  readonly object: string
  readonly message: string
}

export interface PoolDescription {
  readonly pool: DescribedObject & { readonly phase: string; readonly desired: number; readonly ready: number }
  readonly bootstrap?: DescribedObject
  readonly infrastructure?: DescribedObject & { readonly providerID?: string }
  readonly instances: readonly DescribedInstance[]
  readonly events: readonly DescribedEvent[]
}

/** The pool, what it consists of, and why it is as it is: a tree with conditions, then the latest events. */
export function describePool(description: PoolDescription): string {
  const { pool, bootstrap, infrastructure, instances, events } = description
  const sections = [
    `MachinePool/${pool.name}   ${pool.phase}, ${pool.ready} of ${pool.desired} ready`,
    ...conditionLines(pool.conditions, '│ '),
    ...branch(bootstrap, '├─'),
    ...branch(infrastructure, '├─', infrastructure?.providerID),
    `└─Instances (${instances.length})`,
    ...instances.map(
      (instance, index) => `${index === instances.length - 1 ? '  └─' : '  ├─'}${instanceLine(instance)}`,
    ),
  ]
  if (events.length > 0) {
    const rows = events.map(({ at, type, reason, object, message }) => [at, type, reason, object, message])
    sections.push('', 'Events:', formatTable(['TIME', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], rows))
  }
  return `${sections.join('\n')}\n`
}

function instanceLine({ providerID, machine, node }: DescribedInstance): string {
  const parts = [providerID]
  if (machine) parts.push(`Machine/${machine.name}${machine.phase === undefined ? '' : ` (${machine.phase})`}`)
  if (node === undefined) parts.push('no Node yet')
  else parts.push(`Node/${node.name}${node.ready === undefined ? '' : node.ready ? ' (Ready)' : ' (NotReady)'}`)
  return parts.join('   ')
}

function branch(object: DescribedObject | undefined, stem: string, note?: string): string[] {
  if (!object) return []
  const line = `${stem}${object.kind}/${object.name}${note === undefined ? '' : `   ${note}`}`
  return [line, ...conditionLines(object.conditions, '│   ')]
}

function conditionLines(conditions: readonly Condition[], indent: string): string[] {
  if (conditions.length === 0) return []
  const rows = conditions.map(({ type, status, reason = '', message = '' }) => [type, status, reason, oneLine(message)])
  return formatTable(['CONDITION', 'STATUS', 'REASON', 'MESSAGE'], rows)
    .split('\n')
    .map((line) => `${indent}${line}`)
}

/** Messages of conditions are lists with a line for each reason: all of them count. */
function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/^\* /, ''))
    .join('; ')
}
