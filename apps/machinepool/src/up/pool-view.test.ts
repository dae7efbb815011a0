import { describe, expect, test } from 'vitest'

import type { ShownPool } from './pool-table.ts'
import { createPoolView } from './pool-view.ts'

function pool(phase: string, readyReplicas: number): ShownPool {
  return {
    metadata: { namespace: 'default', name: 'a' },
    spec: { clusterName: 'c', replicas: 2 },
    status: { phase, readyReplicas },
  }
}

function recorder(terminal: boolean) {
  const written: string[] = []
  return { written, terminal, write: (text: string) => void written.push(text) }
}

const upTwoLinesAndClear = '\u001B[2A\u001B[J'

describe('createPoolView', () => {
  test('without a terminal: one line for each change, none for a repetition', () => {
    const output = recorder(false)
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
    const output = recorder(true)
    const view = createPoolView(output, () => 0)
    view.show([pool('Provisioning', 0)])
    view.show([pool('Provisioning', 0)])
    view.note('hello')
    view.show([pool('Running', 2)])
    expect(output.written).toHaveLength(3)
    expect(output.written[1]).toContain(`${upTwoLinesAndClear}hello\nPOOL`)
    expect(output.written[2]).toContain(`${upTwoLinesAndClear}POOL`)
  })
})
