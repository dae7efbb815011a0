import { expect, test } from 'vitest'

import { duplicateFields } from './duplicate-fields.ts'

test.each<[string, string[]]>([
  ['{}', []],
  ['{"a":1,"b":{"a":1}}', []],
  ['{"a":1,"a":2,"a":3}', ['a']],
  ['{"a":{"b":1,"c":[{"d":1},{"d":1,"e":2,"d":3}]}}', ['a.c[1].d']],
  ['{"a":{"x":1},"b":{"x":1,"x":2}}', ['b.x']],
  ['{"a\\"":"{\\"a\\":1","a\\"":2}', ['a"']],
  ['{"a":"\\\\","b":"a","\\u0061":1}', ['a']],
  ['["a","a",{"a":"a"}]', []],
])('%s', (text, expected) => {
  expect(duplicateFields(text)).toEqual(expected)
})
