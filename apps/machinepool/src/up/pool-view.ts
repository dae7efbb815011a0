import type { Output } from '../context.ts'
import { happening, poolName, poolTable, type ShownPool } from './pool-table.ts'

/** Shows the pools as they change. */
export interface PoolView {
  show(pools: readonly ShownPool[]): void
  /** Lines that stay; the table goes on below them. */
  note(text: string): void
}

/** On a terminal one table that redraws itself, elsewhere one line for each change. */
export function createPoolView(output: Output, elapsedSeconds: () => number): PoolView {
  return output.terminal ? redrawingView(output) : appendingView(output, elapsedSeconds)
}

function redrawingView(output: Output): PoolView {
  let drawn = ''
  // Up over what was drawn, then clear to the end of the screen.
  const erase = () => (drawn === '' ? '' : `\u001B[${drawn.split('\n').length - 1}A\u001B[J`)
  return {
    show(pools) {
      const table = pools.length === 0 ? 'No machine pools yet.\n' : `${poolTable(pools)}\n`
      if (table === drawn) return
      output.write(erase() + table)
      drawn = table
    },
    note(text) {
      output.write(`${erase()}${text}\n${drawn}`)
    },
  }
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
