import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'

import { expect, test } from 'vitest'

import { processContext, type CurrentProcess } from './process-context.ts'

function fakeProcess(terminal?: { columns: number; rows: number }) {
  const exits: number[] = []
  const stream = () => Object.assign(new PassThrough(), terminal && { isTTY: true, ...terminal })
  const current = Object.assign(new EventEmitter(), {
    env: { A: 'b' },
    stdout: stream(),
    stderr: stream(),
    stdin: new PassThrough(),
    exit: (code: number) => void exits.push(code),
  })
  return { current: current as unknown as CurrentProcess & EventEmitter, exits }
}

test('the first signal asks for an orderly stop, and the same one passed on by others is no second', () => {
  const { current, exits } = fakeProcess()
  let time = 5000
  const { signal } = processContext(current, () => time)
  expect(signal.aborted).toBe(false)
  current.emit('SIGINT')
  expect(signal.aborted).toBe(true)
  time += 20
  current.emit('SIGINT')
  current.emit('SIGTERM')
  expect(exits).toEqual([])
})

test('a later signal insists', () => {
  const { current, exits } = fakeProcess()
  let time = 5000
  processContext(current, () => time)
  current.emit('SIGTERM')
  time += 1500
  current.emit('SIGINT')
  expect(exits).toEqual([130])
})

test('the screen is that of the terminal, whenever it is asked for', () => {
  const size = { columns: 120, rows: 30 }
  const { current } = fakeProcess(size)
  const { out } = processContext(current)
  expect(out.screen?.()).toEqual(size)
  Object.assign(current.stdout, { columns: 60 })
  expect(out.screen?.()).toEqual({ columns: 60, rows: 30 })
  expect(processContext(fakeProcess().current).out.screen).toBeUndefined()
})
