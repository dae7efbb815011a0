import { projectAnnotations } from '@machinepool/api'

const prefix = 'machinepool.dev'

/** Annotations of the engine, on the infrastructure object unless said otherwise. */
export const engineAnnotations = {
  /** JSON of the contract's `Location`, written with the finalizer before the first cloud write (R1). */
  location: `${prefix}/location`,
  /** Management id that is part of the marks in the cloud, so that they stay ours after `clusterctl move` (R2). */
  managementId: `${prefix}/management-id`,
  /** On infrastructure machines: which life of its instance it stands for. */
  incarnation: `${prefix}/incarnation`,
  /** JSON of the ledger: operations, drains and what else must survive a restart. */
  ledger: `${prefix}/ledger`,
  /** `"true"` lets a group that carries only upstream's marks be taken over (R2). */
  adopt: `${prefix}/adopt`,
  /** `"true"` on a deleted pool gives up the cloud resources, for when its credentials are gone for good (R4). */
  orphan: `${prefix}/orphan`,
  /** `"true"`, here or on the MachinePool: replace no further instance. */
  rolloutPaused: `${prefix}/rollout-paused`,
  /** `"required"`, here or on the MachinePool: each revision waits for `rolloutApproved`. */
  rolloutApproval: `${prefix}/rollout-approval`,
  /** The revision that may be rolled out. */
  rolloutApproved: `${prefix}/rollout-approved`,
  /** When instances may be replaced, in UTC: `Sat,Sun 00:00-06:00; Mon-Fri 22:00-04:00`. */
  rolloutWindow: `${prefix}/rollout-window`,
  /** Seconds without progress after which a rollout is reported as stuck. Default 600. */
  rolloutProgressDeadline: `${prefix}/rollout-progress-deadline`,
  /** `"true"` or the revision: replace what was taken over although its template differs from the spec (`TakeOverDrift`). */
  approveTakeOver: `${prefix}/approve-take-over`,
  /** On the bootstrap data Secret: a revision of its content without tokens, written by the bootstrap provider (R14). */
  bootstrapRevision: projectAnnotations.bootstrapRevision,
  /** `"true"`, here or on the MachinePool: a new `bootstrapRevision` replaces instances (R14). */
  rollOnBootstrapChange: `${prefix}/roll-on-bootstrap-change`,
  /** How many instances are not as the spec wants them; absent when all are. */
  outdatedReplicas: projectAnnotations.outdatedReplicas,
  /** On Nodes: the incarnation for whose removal the engine cordoned it, so that only its own cordon is undone. */
  nodeCordonedFor: projectAnnotations.nodeCordonedFor,
} as const
