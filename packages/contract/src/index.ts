export type {
  Action,
  ActionType,
  CancelRollout,
  CreateGroup,
  CreateTemplate,
  DeleteGroup,
  DeleteLeftover,
  DeleteTemplate,
  ExtendHold,
  FieldChange,
  PutResource,
  ReleaseInstance,
  RemoveInstances,
  Resize,
  SetHold,
  StampTemplate,
  StartRollout,
  Tag,
  UpdateGroup,
} from './actions.ts'
export type { Capabilities } from './capabilities.ts'
export type { Desired, Removal } from './desired.ts'
export {
  errorBehaviours,
  errorCodes,
  ProviderError,
  type ErrorBehaviour,
  type ErrorCode,
  type ProviderErrorOptions,
} from './errors.ts'
export type {
  ActionResult,
  AnyInfraMachinePool,
  InfraMachinePool,
  ProviderCondition,
  Report,
} from './infra-machine-pool.ts'
export type { Clock, EpochMillis, Io, Logger, ObjectReference } from './io.ts'
export type { JsonObject, JsonValue } from './json.ts'
export type { InfraMachinePoolKind } from './kind.ts'
export type { MachineObject } from './machine.ts'
export {
  instanceStates,
  type Instance,
  type InstanceKey,
  type InstanceState,
  type TerminationHold,
} from './instance.ts'
export type { CloudRollout, Notice, Observation, Ownership, Problem, Resolved, Template } from './observation.ts'
export type { Operation, OperationState } from './operations.ts'
export type { DeletePolicy, Interpretation, IntOrPercent, PoolPolicy, RolloutPolicy } from './policy.ts'
export type { BootstrapData, ClusterRef, Location, PoolKey, PoolRef } from './pool.ts'
export { canonicalHash, canonicalJson, parseRevision, revision } from './revision.ts'
export { Sensitive } from './sensitive.ts'
