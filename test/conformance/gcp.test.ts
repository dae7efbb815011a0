import { describeConformance } from './describe-conformance.ts'
import { gcpSuite } from './gcp-suite.ts'

describeConformance(gcpSuite)
