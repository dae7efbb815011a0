import { awsSuite } from './aws-suite.ts'
import { describeConformance } from './describe-conformance.ts'

describeConformance(awsSuite)
