import { afterAll, beforeAll, describe, vi } from 'vitest'

import { compareAdmission } from './upstream-admission.ts'
import { compareBootstrapData } from './upstream-bootstrap-data.ts'
import { startUpstreamCode, type UpstreamCode } from './upstream-code.ts'
import { compareConversions } from './upstream-conversion.ts'

// One file, so that upstream's code is compiled once.

// Thousands of questions to another process, on a machine that has other tests to run.
vi.setConfig({ testTimeout: 180_000 })

let upstream: UpstreamCode

beforeAll(async () => {
  upstream = await startUpstreamCode()
}, 1_200_000)
afterAll(() => upstream.close())

describe('conversions', () => {
  compareConversions(() => upstream)
})
describe('admission', () => {
  compareAdmission(() => upstream)
})
describe('bootstrap data', () => {
  compareBootstrapData(() => upstream)
})
