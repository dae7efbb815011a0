import { existsSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { generatedPages } from './generated-pages.ts'
import { suites } from './suites.ts'

test.each([...generatedPages(suites)])('%s says what is true now', (path, text) => {
  const file = new URL(`../../${path}`, import.meta.url)
  const written = existsSync(file) ? readFileSync(file, 'utf8') : ''
  expect(written, 'run: node --conditions=@machinepool/source test/conformance/write-pages.ts').toBe(text)
})
