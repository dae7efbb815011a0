import type { ConformanceSuite } from '@machinepool/contract/testing'

import { awsSuite } from './aws-suite.ts'
import { gcpSuite } from './gcp-suite.ts'
import { memorySuites } from './memory-suites.ts'

/**
 * Every provider in the support matrix. A new one adds its line here and a test file that is named after the first part of its
 * name, such as `aws.test.ts` for `aws/AWSMachinePool`.
 */
export const suites: readonly ConformanceSuite[] = [...memorySuites, awsSuite, gcpSuite]
