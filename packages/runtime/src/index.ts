export {
  createCache,
  type Cache,
  type CacheOptions,
  type Informer,
  type InformerOptions,
  type RunnableCache,
} from './cache.ts'
export { systemClock, type Clock } from './clock.ts'
export type { Controller, ControllerOptions, Watch } from './controller.ts'
export { createEventRecorder, type EventRecorderOptions, type RunnableEventRecorder } from './event-recorder.ts'
export type { EventRecorder } from './events.ts'
export {
  createLeaderElector,
  LeadershipLostError,
  type LeaderElectionOptions,
  type LeaderElector,
} from './leader-election.ts'
export { createManager, type Manager, type ManagerOptions, type Runnable, type ServerOptions } from './manager.ts'
export { TerminalError, type Reconcile, type ReconcileContext, type Request, type Result } from './reconcile.ts'
export type { SlimNode, WorkloadCluster, WorkloadClusters } from './workload-clusters.ts'
export { parseManagerFlags, type ManagerFlags } from './flags/manager-flags.ts'
export { runManagerProgram, type ManagerProgram, type ProgramHost } from './manager-program.ts'
export { createWorkloadClusters, type WorkloadClustersOptions } from './create-workload-clusters.ts'
export type { ConnectionTuning } from './cluster-connection.ts'
export { managementIdOf } from './management-id.ts'
export { createNodeSlimmer, isHeartbeat } from './slim-node.ts'
export { createWebhookServer, type WebhookServer, type WebhookServerOptions } from './webhook/server.ts'
export type { AdmissionDecision, AdmissionRequest, Admit, Convert } from './webhook/review.ts'
export {
  serveKindRules,
  type FieldRefusal,
  type KindRules,
  type RuledObject,
  type RuleRequest,
} from './webhook/kind-rules.ts'
export { createRequestCounter } from './metrics.ts'
