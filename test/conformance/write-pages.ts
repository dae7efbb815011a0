// Writes the pages of the documentation that are printed from data:
//   node --conditions=@machinepool/source test/conformance/write-pages.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { generatedPages } from './generated-pages.ts'
import { suites } from './suites.ts'

for (const [path, text] of generatedPages(suites)) {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
