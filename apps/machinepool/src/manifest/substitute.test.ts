import { describe, expect, test } from 'vitest'

import { SubstitutionError, substituteVariables, UnsetVariableError } from './substitute.ts'

describe('substituteVariables', () => {
  test.each([
    ['a value', 'type: ${TYPE}', { TYPE: 't3.large' }, 'type: t3.large'],
    ['an empty value is a value', 'key: "${KEY}"', { KEY: '' }, 'key: ""'],
    ['a default for an unset variable', '${A:=x}', {}, 'x'],
    ['a default for an empty variable', '${A:=x}', { A: '' }, 'x'],
    ['a default without colon keeps an empty variable', '${A=x}', { A: '' }, ''],
    ['the dash form', '${A:-x}', {}, 'x'],
    ['a default that holds colons and slashes', '${A:=https://x/y:z}', {}, 'https://x/y:z'],
    ['an empty default', 'a${A:=}b', {}, 'ab'],
    ['a value wins over its default', '${A:=x}', { A: 'y' }, 'y'],
    ['an escaped expression', 'echo $${HOME}', {}, 'echo ${HOME}'],
    ['a bare dollar', 'cost: $5 $HOME', {}, 'cost: $5 $HOME'],
    ['several in one line', '${A}-${B}', { A: '1', B: '2' }, '1-2'],
    ['values are not expanded again', '${A}', { A: '${B}' }, '${B}'],
    ['jinja stays', "name: '{{ ds.meta_data.local_hostname }}'", {}, "name: '{{ ds.meta_data.local_hostname }}'"],
  ])('%s', (_, text, values, expected) => {
    expect(substituteVariables(text, values)).toBe(expected)
  })

  test('names every unset variable once, with the file', () => {
    const text = '${B} ${A} ${B} ${C:=c}'
    expect(() => substituteVariables(text, {}, 'pool.yaml')).toThrow(UnsetVariableError)
    expect(() => substituteVariables(text, {}, 'pool.yaml')).toThrow('pool.yaml: ${B}, ${A} are not set')
  })

  test('refuses expressions it does not know instead of passing them on', () => {
    expect(() => substituteVariables('${A//x/y}', { A: 'x' }, 'pool.yaml')).toThrow(SubstitutionError)
    expect(() => substituteVariables('${}', {}, 'pool.yaml')).toThrow('pool.yaml: ${} is not understood')
  })
})
