import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { withDifferences } from './differences.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'apiserver.md')
writeFileSync(page, withDifferences(readFileSync(page, 'utf8')))
