import { readdirSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { untestedBehaviours } from './untested-behaviours.ts'

const folder = new URL('.', import.meta.url)
const total = 70
/** At most 5 % may be listed instead of tested. */
const mostUntested = Math.floor(total * 0.05)

const tested = new Set(
  readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && name !== 'behaviours.test.ts')
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').match(/CAPG-\d{3}/g) ?? []),
)

test('each of the 70 behaviours has a test under its number, or a reason why not', () => {
  const all = Array.from({ length: total }, (_, index) => `CAPG-${String(index + 1).padStart(3, '0')}`)
  const listed = untestedBehaviours.map(({ id }) => id)
  expect(all.filter((id) => !tested.has(id) && !listed.includes(id))).toEqual([])
  expect(listed.filter((id) => tested.has(id))).toEqual([])
  expect(listed.length).toBeLessThanOrEqual(mostUntested)
  expect(untestedBehaviours.filter(({ reason }) => reason.trim() === '')).toEqual([])
})
