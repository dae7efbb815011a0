import { describe, expect, test } from 'vitest'

import type { Screen } from '../context.ts'
import type { ShownPool } from './pool-table.ts'
import { createPoolView } from './pool-view.ts'

function pool(phase: string, readyReplicas: number): ShownPool {
  return {
    metadata: { namespace: 'default', name: 'a' },
    spec: { clusterName: 'c', replicas: 2 },
    status: { phase, readyReplicas },
  }
}

function recorder(screen?: Screen) {
  const written: string[] = []
  return { written, write: (text: string) => void written.push(text), ...(screen && { screen: () => screen }) }
}

/** What a terminal of this size shows in the end: it wraps, scrolls, and obeys "n lines up" and "clear from here". */
function terminal({ columns, rows }: Screen, written: readonly string[]): string[] {
  const lines = ['']
  let row = 0
  const print = (text: string) => {
    for (let rest = text; rest !== ''; rest = rest.slice(columns)) {
      lines[row] = rest.slice(0, columns)
      if (rest.length > columns) lines[++row] ??= ''
    }
  }
  for (const [index, chunk] of written.join('').split('\u001B[').entries()) {
    const [command = '', lift] = (index > 0 && /^(?:(\d+)A|J)/.exec(chunk)) || []
    // Lines that have left at the top are out of reach.
    if (lift !== undefined) row = Math.max(row - Number(lift), lines.length - rows, 0)
    else if (command === 'J') lines.splice(row, lines.length, '')
    for (const [line, text] of chunk.slice(command.length).split('\n').entries()) {
      if (line > 0) lines[++row] ??= ''
      print(text)
    }
  }
  return lines
}

const upTwoLinesAndClear = '\u001B[2A\u001B[J'

describe('createPoolView', () => {
  test('without a terminal: one line for each change, none for a repetition', () => {
    const output = recorder()
    const view = createPoolView(output, () => 1.25)
    view.show([pool('Provisioning', 0)])
    view.show([pool('Provisioning', 0)])
    view.show([pool('Running', 2)])
    view.show([])
    expect(output.written).toEqual([
      '   1.3s a  Provisioning 0/2  waiting for the controller\n',
      '   1.3s a  Running 2/2\n',
      '   1.3s a  gone\n',
    ])
  })

  test('on a terminal: redraws the table in place and keeps notes above it', () => {
    const output = recorder({ columns: 80, rows: 24 })
    const view = createPoolView(output, () => 0)
    view.show([pool('Provisioning', 0)])
    view.show([pool('Provisioning', 0)])
    view.note('hello')
    view.show([pool('Running', 2)])
    expect(output.written).toHaveLength(3)
    expect(output.written[1]).toContain(`${upTwoLinesAndClear}hello\nPOOL`)
    expect(output.written[2]).toContain(`${upTwoLinesAndClear}POOL`)
  })

  test('on a terminal: a long reason stays in one line, so that nothing of it is left behind', () => {
    const screen = { columns: 40, rows: 10 }
    const output = recorder(screen)
    const view = createPoolView(output, () => 0)
    const message = 'the simulated cloud has no machine of this type in zone us-east-1a at the moment'
    const waiting = pool('Provisioning', 0)
    const conditions = [{ type: 'InfrastructureReady', status: 'False', message }]
    view.show([{ ...waiting, status: { ...waiting.status, conditions } }])
    view.show([pool('Running', 2)])
    view.note('done')
    expect(terminal(screen, output.written)).toEqual([
      'done',
      'POOL   CLUSTER   DESIRED   READY   PHAS…',
      'a      c         2         2       Runn…',
      '',
    ])
  })

  test('on a terminal: more pools than lines are counted instead of scrolled away', () => {
    const screen = { columns: 80, rows: 5 }
    const output = recorder(screen)
    const view = createPoolView(output, () => 0)
    for (const phase of ['Provisioning', 'Running']) {
      view.show(Array.from({ length: 9 }, () => pool(phase, 2)))
    }
    const lines = terminal(screen, output.written)
    expect(lines).toHaveLength(5)
    expect(lines[1]).toMatch(/Running$/)
    expect(lines.at(-2)).toBe('… and 7 more')
  })
})
