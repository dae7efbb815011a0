import type { Table } from '../../../table.ts'

export type LifecycleState =
  | 'Pending'
  | 'Pending:Wait'
  | 'Pending:Proceed'
  | 'InService'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Detaching'
  | 'EnteringStandby'
  | 'Standby'
  | 'Warmed:Pending'
  | 'Warmed:Pending:Wait'
  | 'Warmed:Pending:Proceed'
  | 'Warmed:Terminating'
  | 'Warmed:Terminating:Wait'
  | 'Warmed:Terminating:Proceed'
  | 'Warmed:Stopped'
  | 'Warmed:Running'
  | 'Warmed:Hibernated'

export interface TemplateSpecification {
  readonly LaunchTemplateId?: string
  readonly LaunchTemplateName?: string
  readonly Version?: string
}

export interface Override {
  readonly InstanceType?: string
  readonly WeightedCapacity?: string
  readonly LaunchTemplateSpecification?: TemplateSpecification
  readonly InstanceRequirements?: InstanceRequirements
  readonly ImageId?: string
}

/** The requirements that the simulator looks at; the others are only kept. */
export interface InstanceRequirements {
  readonly VCpuCount?: { readonly Min?: number; readonly Max?: number }
  readonly MemoryMiB?: { readonly Min?: number; readonly Max?: number }
  readonly AllowedInstanceTypes?: readonly string[]
  readonly ExcludedInstanceTypes?: readonly string[]
  readonly BurstablePerformance?: string
  readonly [member: string]: unknown
}

export interface Distribution {
  readonly OnDemandAllocationStrategy?: string
  readonly OnDemandBaseCapacity?: number
  readonly OnDemandPercentageAboveBaseCapacity?: number
  readonly SpotAllocationStrategy?: string
  readonly SpotInstancePools?: number
  readonly SpotMaxPrice?: string
}

export interface MixedInstancesPolicy {
  readonly LaunchTemplate?: {
    readonly LaunchTemplateSpecification?: TemplateSpecification
    readonly Overrides?: readonly Override[]
  }
  readonly InstancesDistribution?: Distribution
}

/** What a group launches its instances from: one of the two. */
export interface LaunchSource {
  readonly template?: TemplateSpecification
  readonly mixed?: MixedInstancesPolicy
}

/** An instance, as its group sees it. */
export interface Member {
  readonly id: string
  readonly type: string
  readonly zone: string
  readonly spot: boolean
  readonly state: LifecycleState
  readonly health: 'Healthy' | 'Unhealthy'
  readonly template: Required<TemplateSpecification>
  readonly imageId: string
  readonly protected: boolean
  /** Units of desired capacity that it stands for. */
  readonly weight: number
  /** Whether the group was told a weight, and shows one. */
  readonly weighted: boolean
  readonly joined: number
  /** When it came into service last. */
  readonly inService?: number
  /** Launched while the one it takes the place of is still there: not excess until it is in service. */
  readonly surplus: boolean
  /** The instance to terminate once this one is in service. */
  readonly replaces?: string
  /** The scaling activity it is the subject of. */
  readonly activity?: string
}

export interface Hook {
  readonly LifecycleHookName: string
  readonly LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING'
  readonly NotificationTargetARN?: string
  readonly RoleARN?: string
  readonly NotificationMetadata?: string
  /** Seconds. */
  readonly HeartbeatTimeout: number
  readonly GlobalTimeout: number
  readonly DefaultResult: 'CONTINUE' | 'ABANDON'
}

export interface GroupTag {
  readonly Key: string
  readonly Value: string
  readonly PropagateAtLaunch: boolean
}

export interface WarmPool {
  readonly MaxGroupPreparedCapacity?: number
  readonly MinSize?: number
  readonly PoolState?: 'Stopped' | 'Running' | 'Hibernated'
  readonly InstanceReusePolicy?: { readonly ReuseOnScaleIn?: boolean }
  readonly Status?: 'PendingDelete'
}

/** Members that a request sets and Describe shows, which decide nothing here or little. */
export interface Settings {
  readonly DefaultCooldown: number
  readonly HealthCheckType: string
  readonly HealthCheckGracePeriod: number
  readonly TerminationPolicies: readonly string[]
  readonly NewInstancesProtectedFromScaleIn: boolean
  readonly CapacityRebalance?: boolean
  readonly DefaultInstanceWarmup?: number
  readonly MaxInstanceLifetime?: number
  readonly PlacementGroup?: string
  readonly Context?: string
  readonly DesiredCapacityType?: string
  readonly ServiceLinkedRoleARN: string
  readonly InstanceMaintenancePolicy?: {
    readonly MinHealthyPercentage?: number
    readonly MaxHealthyPercentage?: number
  }
  readonly AvailabilityZoneDistribution?: object
  readonly AvailabilityZoneImpairmentPolicy?: object
  readonly CapacityReservationSpecification?: object
  readonly DeletionProtection?: string
}

export interface Group {
  readonly name: string
  readonly arn: string
  readonly created: number
  readonly min: number
  readonly max: number
  readonly desired: number
  readonly zones: readonly string[]
  readonly subnets: readonly string[]
  readonly source: LaunchSource
  readonly settings: Settings
  readonly targetGroups: readonly string[]
  readonly loadBalancers: readonly string[]
  readonly tags: readonly GroupTag[]
  readonly suspended: readonly string[]
  readonly hooks: readonly Hook[]
  readonly members: readonly Member[]
  readonly warmPool?: WarmPool
  readonly deleting: boolean
  /** Why the next activity happens, in AWS's words; used once. */
  readonly cause?: string
}

export type ActivityStatus =
  | 'PreInService'
  | 'InProgress'
  | 'MidLifecycleAction'
  | 'WaitingForInstanceWarmup'
  | 'Successful'
  | 'Failed'
  | 'Cancelled'

export interface Activity {
  readonly id: string
  readonly group: string
  readonly groupArn: string
  readonly description: string
  readonly cause: string
  readonly started: number
  readonly ended?: number
  readonly status: ActivityStatus
  readonly message?: string
  readonly progress: number
  readonly details: string
}

export interface RefreshPreferences {
  readonly MinHealthyPercentage?: number
  readonly MaxHealthyPercentage?: number
  readonly InstanceWarmup?: number
  readonly CheckpointPercentages?: readonly number[]
  readonly CheckpointDelay?: number
  readonly SkipMatching?: boolean
  readonly AutoRollback?: boolean
  readonly ScaleInProtectedInstances?: 'Refresh' | 'Ignore' | 'Wait'
  readonly StandbyInstances?: 'Terminate' | 'Ignore' | 'Wait'
  readonly AlarmSpecification?: object
  readonly BakeTime?: number
}

export type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackFailed'
  | 'RollbackSuccessful'
  | 'Baking'

export interface Refresh {
  readonly id: string
  readonly group: string
  readonly status: RefreshStatus
  readonly reason?: string
  readonly started: number
  readonly ended?: number
  readonly preferences: RefreshPreferences
  /** As the caller gave it. */
  readonly desired?: LaunchSource
  /** What the group launches from when a rollback is over. */
  readonly previous: LaunchSource
  /** Instances that are still to be replaced. */
  readonly pending: readonly string[]
  readonly total: number
  /** Until when nothing is replaced: a checkpoint or the bake time. */
  readonly holdUntil?: number
  readonly checkpointsPassed: number
  /** When the number of instances left became smaller last; without progress for an hour it fails. */
  readonly progressed: number
  readonly left: number
  readonly rollback?: {
    readonly reason: string
    readonly started: number
    readonly percentage: number
    readonly left: number
  }
}

export interface AutoScaling {
  readonly groups: Table<Group>
  readonly activities: Table<Activity>
  readonly refreshes: Table<Refresh>
  /** Name of the group that has an instance, by instance id. */
  readonly owners: Map<string, string>
  /** Pauses at lifecycle hooks, by `group/instance/hook`. */
  readonly pauses: Map<string, Pause>
  /** What of a pause outlives the process, under the same key. */
  readonly pauseRecords: Table<{ readonly token: string; readonly started: number }>
  /** Failed launches in a row and the moment of the next try, by group. */
  readonly retries: Map<string, { readonly failures: number; readonly at: number }>
  /** Timers of refreshes under way, by refresh id; calling one cancels it. */
  readonly alarms: Map<string, () => void>
  /** Lets the group react, soon. */
  readonly wake: (group: string) => void
}

export interface Pause {
  readonly group: string
  readonly instance: string
  readonly hook: Hook
  readonly token: string
  readonly started: number
  /** Called once with the outcome. */
  readonly resume: (result: 'CONTINUE' | 'ABANDON') => void
  /** Cancels the time-out. */
  cancel: () => void
}
