export { createManualClock, type ManualClock } from '@machinepool/kube/testing'
export { createMemoryApi, type MemoryApi, type RecordedWrite } from './memory-api.ts'
export {
  createTestManager,
  createTestWorkloadClusters,
  type RecordedEvent,
  type TestManager,
  type TestWorkloadClusters,
} from './test-manager.ts'
