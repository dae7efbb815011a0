import { existsSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { generatedPages } from './generated-pages.ts'
import { suites } from './suites.ts'

function read(path: string): string {
  const file = new URL(path, import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

// When it differs: node --conditions=@machinepool/source test/conformance/write-pages.ts
test.each([...generatedPages(suites)])('%s is what write-pages.ts writes', (path, text) => {
  expect(read(`../../${path}`)).toBe(text)
})

// The matrix says "yes" for what runs, so everything in it must run.
test.each(suites.map(({ name }) => name))('%s of the matrix is tested', (name) => {
  expect(read(`./${name.split('/')[0]}.test.ts`)).toContain('describeConformance(')
})
