import { expect, test } from 'vitest'

import { parseArguments } from './arguments.ts'

test('takes a name and numeric parameters apart', () => {
  expect(parseArguments(['converge', '--pools', '20', '--instances=3'])).toEqual({
    name: 'converge',
    parameters: { pools: 20, instances: 3 },
  })
  expect(parseArguments([])).toEqual({ parameters: {} })
})

test.each([
  [['converge', '--pools', 'many'], '--pools wants a number, not "many"'],
  [['converge', '--pools'], '--pools wants a number, not ""'],
  [['converge', 'rolling'], '"rolling" is one argument too many'],
])('refuses %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message)
})
