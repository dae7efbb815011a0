import type { Output, Screen } from '../context.ts'
import { happening, poolName, poolTable, type ShownPool } from './pool-table.ts'

/** Shows the pools as they change. */
export interface PoolView {
  show(pools: readonly ShownPool[]): void
  /** Lines that stay; the table goes on below them. */
  note(text: string): void
}

/** On a terminal one table that redraws itself, elsewhere one line for each change. */
export function createPoolView(output: Output, elapsedSeconds: () => number): PoolView {
  return output.screen ? redrawingView(output, output.screen) : appendingView(output, elapsedSeconds)
}

function redrawingView(output: Output, screen: () => Screen): PoolView {
  let shown: readonly ShownPool[] | undefined
  let drawn = ''
  // Up over what was drawn, then clear to the end of the screen.
  const erase = () => (drawn === '' ? '' : `\u001B[${drawn.split('\n').length - 1}A\u001B[J`)
  return {
    show(pools) {
      shown = pools
      const table = fit(pools.length === 0 ? 'No machine pools yet.' : poolTable(pools), screen())
      if (table === drawn) return
      output.write(erase() + table)
      drawn = table
    },
    note(text) {
      const before = erase()
      if (shown) drawn = fit(shown.length === 0 ? 'No machine pools yet.' : poolTable(shown), screen())
      output.write(`${before}${text}\n${drawn}`)
    },
  }
}

/** What is wider or higher than the screen cannot be erased again: the terminal wraps and scrolls it. */
function fit(table: string, { columns, rows }: Screen): string {
  const lines = table.split('\n')
  // The cursor stands in the line below the table.
  const room = Math.max(2, rows - 1)
  const kept = lines.length <= room ? lines : lines.slice(0, room - 1)
  const cut = kept.map((line) => (line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`))
  if (kept.length < lines.length) cut.push(`… and ${lines.length - kept.length} more`)
  return `${cut.join('\n')}\n`
}

function appendingView(output: Output, elapsedSeconds: () => number): PoolView {
  const shown = new Map<string, string>()
  return {
    show(pools) {
      const names = new Set(pools.map(poolName))
      for (const name of shown.keys()) {
        if (names.has(name)) continue
        shown.delete(name)
        output.write(`${stamp(elapsedSeconds())} ${name}  gone\n`)
      }
      for (const pool of pools) {
        const name = poolName(pool)
        const { phase = 'Pending', readyReplicas = 0 } = pool.status ?? {}
        const line = `${name}  ${phase} ${readyReplicas}/${pool.spec.replicas ?? '?'}  ${happening(pool)}`.trimEnd()
        if (shown.get(name) === line) continue
        shown.set(name, line)
        output.write(`${stamp(elapsedSeconds())} ${line}\n`)
      }
    },
    note: (text) => output.write(`${text}\n`),
  }
}

function stamp(seconds: number): string {
  return `${seconds.toFixed(1).padStart(6)}s`
}
