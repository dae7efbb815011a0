import { describeConformance } from './describe-conformance.ts'
import { memorySuites } from './memory-suites.ts'

for (const suite of memorySuites) describeConformance(suite)
