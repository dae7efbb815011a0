import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { behaviours, withoutTest } from './capi-behaviours.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('every behaviour of Cluster API has a test under its number, or a reason', () => {
  const tested = numbersInTitles()
  const missing = behaviours.filter((number) => !tested.has(number) && withoutTest[number] === undefined)
  expect(missing).toEqual([])
  expect(Object.keys(withoutTest).filter((number) => tested.has(number))).toEqual([])
  expect([...tested].filter((number) => !behaviours.includes(number))).toEqual([])
})

test('the numbers are the beginning of a title', () => {
  expect(numbersIn(`it('CAPI-001 CAPI-A02 does', ...); // 'see CAPI-003'`)).toEqual(['001', 'A02'])
})

function numbersInTitles(): Set<string> {
  const files = ['packages', 'apps', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !/(^|\/)(node_modules|dist)\//.test(file))
      .filter((file) => !file.endsWith('capi-behaviours.test.ts'))
      .map((file) => join(root, folder, file)),
  )
  return new Set(files.flatMap((file) => numbersIn(readFileSync(file, 'utf8'))))
}

function numbersIn(source: string): string[] {
  return [...source.matchAll(/['"`]((?:CAPI-(?:\d{3}|[AD]\d{2}) )+)/g)].flatMap(([, numbers = '']) =>
    [...numbers.matchAll(/CAPI-(\w+)/g)].map(([, number = '']) => number),
  )
}
