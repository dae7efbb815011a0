import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { behaviours, withoutTest } from './capa-behaviours.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('every behaviour of upstream’s AWSMachinePool has a test under its number, or a reason', () => {
  const tested = numbersInTitles()
  expect(behaviours.filter((number) => !tested.has(number) && withoutTest[number] === undefined)).toEqual([])
  expect(Object.keys(withoutTest).filter((number) => tested.has(number))).toEqual([])
  expect([...tested].filter((number) => !behaviours.includes(number))).toEqual([])
})

test('at most 5 % have a reason instead of a test', () => {
  expect(Object.keys(withoutTest).length).toBeLessThanOrEqual(behaviours.length * 0.05)
})

test('the numbers are the beginning of a title', () => {
  expect(numbersIn(`it('CAPA-001 CAPA-012 does', ...); // 'see CAPA-003'`)).toEqual(['001', '012'])
})

function numbersInTitles(): Set<string> {
  const files = ['packages/provider-aws/src', 'test/conformance', 'test/contract'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.endsWith('capa-behaviours.test.ts'))
      .map((file) => join(root, folder, file)),
  )
  return new Set(files.flatMap((file) => numbersIn(readFileSync(file, 'utf8'))))
}

function numbersIn(source: string): string[] {
  return [...source.matchAll(/['"`]((?:CAPA-\d{3} )+)/g)].flatMap(([, numbers = '']) =>
    [...numbers.matchAll(/CAPA-(\d+)/g)].map(([, number = '']) => number),
  )
}
