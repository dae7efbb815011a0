export { unless, type ConformanceCase } from './conformance/conformance-case.ts'
export { bootstrapData, Drive, keyOf, live, removal, type AfterAction, type Wish } from './conformance/drive.ts'
export type {
  ConformanceCloud,
  ConformanceHarness,
  ConformanceSpecs,
  FailureCode,
  PlantedGroup,
} from './conformance/harness.ts'
export { createMemoryHarness, type MemoryHarnessOptions } from './conformance/memory-harness.ts'
export {
  conformanceCases,
  planConformance,
  runConformanceCase,
  type ConformanceSkip,
  type ConformanceSuite,
  type PlannedCase,
} from './conformance/suite.ts'
export { doubles, type DoubleName } from './doubles.ts'
export { createManualClock, type ManualClock } from './manual-clock.ts'
export { CloudConnection } from './memory-cloud/connection.ts'
export type { CallRecord, Fault, FaultTarget } from './memory-cloud/faults.ts'
export {
  createMemoryCloud,
  MemoryCloud,
  type ForeignGroup,
  type MemoryCloudOptions,
} from './memory-cloud/memory-cloud.ts'
export {
  CloudError,
  ProcessKilled,
  type CloudBehaviour,
  type CloudErrorCode,
  type CloudGroup,
  type CloudInstance,
  type CloudTemplate,
} from './memory-cloud/state.ts'
export { createRecordingIo, type LogLine, type RecordingIoOptions } from './recording-io.ts'
export { createRandom, type Random } from './random.ts'
export { groupName, ownerMark, ownerTag, revisionTag, upstreamMark, upstreamTag } from './reference/marks.ts'
export type { ReferenceGroup } from './reference/group.ts'
export {
  capabilitiesOf,
  createReferenceProvider,
  type ReferenceProvider,
  type ReferenceProviderOptions,
} from './reference/reference-provider.ts'
export { referenceKind, type ReferenceSpec } from './reference/spec.ts'
