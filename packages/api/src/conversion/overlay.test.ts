import { describe, expect, test } from 'vitest'

import { correct, corrections } from './overlay.ts'

describe('corrections', () => {
  test('are the smallest set of values, lists as a whole', () => {
    const actual = { same: 1, changed: { a: 1, b: 2 }, extra: true, list: [1] }
    const wanted = { same: 1, changed: { a: 1, b: 3 }, missing: { x: 1 }, list: [1, 2] }
    expect(corrections(actual, wanted)).toEqual([
      { path: ['changed', 'b'], from: 2, to: 3 },
      { path: ['extra'], from: true },
      { path: ['list'], from: [1], to: [1, 2] },
      { path: ['missing'], to: { x: 1 } },
    ])
  })

  test('make one from the other', () => {
    const actual = { a: { b: 1, c: 2 }, d: [1] }
    const wanted = { a: { c: 3 }, e: 'x' }
    correct(actual, corrections(actual, wanted))
    expect(actual).toEqual(wanted)
  })
})

describe('correct', () => {
  const list = [{ path: ['spec', 'size'], from: 1, to: 2 }]

  test('leaves a value alone that somebody changed meanwhile', () => {
    const target = { spec: { size: 7 } }
    correct(target, list)
    expect(target).toEqual({ spec: { size: 7 } })
  })

  test('brings nothing back into an object that was removed', () => {
    const target = {}
    correct(target, list)
    expect(target).toEqual({})
  })

  test('makes the object around a value that was lost with it', () => {
    const target = {}
    correct(target, [{ path: ['spec', 'size'], to: 2 }])
    expect(target).toEqual({ spec: { size: 2 } })
  })

  test.each([[['__proto__']], [['__proto__', 'polluted']], [['spec', '__proto__', 'polluted']]])(
    'does not reach prototypes through %j',
    (path) => {
      const target = { spec: {} }
      correct(target, [{ path, to: { polluted: true } }])
      expect(Object.getPrototypeOf(target)).toBe(Object.prototype)
      expect(Object.getPrototypeOf(target.spec)).toBe(Object.prototype)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    },
  )
})
