export { canonicalHash, canonicalJson, parseRevision, revision } from '@machinepool/contract'
export { actionBase } from './action-base.ts'
export {
  createCallGate,
  createCallGates,
  type CallGate,
  type CallGateOptions,
  type CallGates,
  type CallScope,
} from './call-gate.ts'
export { leaveOnAbort, withDeadline, type DeadlineScope } from './deadline.ts'
export {
  createErrorTable,
  type CloudFailure,
  type ErrorContext,
  type ErrorTable,
  type ErrorTableOptions,
  type ErrorTableRow,
} from './error-table.ts'
export { idempotencyKey } from './idempotency-key.ts'
export { at, isObject, keysAt, objectsAt, textAt, textMapAt, textsAt } from './json-path.ts'
export { createKnownState, type KnownState } from './known-state.ts'
export { createLookupCache, type LookupCache, type LookupCacheOptions, type LookupOptions } from './lookup-cache.ts'
export { pollOperations, startedOperation, type Poll, type PollOptions } from './operations.ts'
export { plainJson } from './plain-json.ts'
export {
  createSnapshotReader,
  type ReadOptions,
  type Snapshot,
  type SnapshotReader,
  type SnapshotReaderOptions,
  type SnapshotTiming,
} from './snapshot-reader.ts'
