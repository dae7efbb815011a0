/** `{fixed}` or `{percent}`, with `calculated` in answers. */
export interface FixedOrPercent {
  readonly fixed?: number
  readonly percent?: number
}

export interface Version {
  readonly name?: string
  /** Full link. */
  readonly instanceTemplate: string
  /** Absent for the version that takes the rest. */
  readonly targetSize?: FixedOrPercent
}

export type UpdateAction = 'NONE' | 'REFRESH' | 'RESTART' | 'REPLACE'

export interface UpdatePolicy {
  readonly type: 'OPPORTUNISTIC' | 'PROACTIVE'
  readonly minimalAction: UpdateAction
  readonly mostDisruptiveAllowedAction?: UpdateAction
  readonly maxSurge: FixedOrPercent
  readonly maxUnavailable: FixedOrPercent
  readonly replacementMethod: 'SUBSTITUTE' | 'RECREATE'
  readonly instanceRedistributionType?: 'PROACTIVE' | 'NONE'
}

export interface NamedPort {
  readonly name: string
  readonly port: number
}

/** What callers have said about a group, with the API's defaults; fields the simulator does not read are kept too. */
export interface GroupResource {
  readonly name: string
  readonly description?: string
  readonly baseInstanceName: string
  readonly targetSize: number
  readonly versions: readonly Version[]
  /** Full link of the version without a target size. */
  readonly instanceTemplate: string
  readonly updatePolicy: UpdatePolicy
  readonly autoHealingPolicies?: readonly { readonly healthCheck?: string; readonly initialDelaySec?: number }[]
  readonly instanceLifecyclePolicy?: {
    readonly defaultActionOnFailure?: 'REPAIR' | 'DO_NOTHING'
    readonly forceUpdateOnRepair?: 'YES' | 'NO'
    readonly onFailedHealthCheck?: 'DEFAULT_ACTION' | 'REPAIR' | 'DO_NOTHING'
  }
  readonly distributionPolicy?: { readonly zones?: readonly { readonly zone: string }[]; readonly targetShape?: string }
  readonly listManagedInstancesResults: 'PAGELESS' | 'PAGINATED'
  readonly statefulPolicy?: Readonly<Record<string, unknown>>
  readonly namedPorts?: readonly NamedPort[]
  readonly targetPools?: readonly string[]
  readonly [more: string]: unknown
}

export type MemberAction =
  | 'NONE'
  | 'CREATING'
  | 'CREATING_WITHOUT_RETRIES'
  | 'RECREATING'
  | 'DELETING'
  | 'ABANDONING'
  | 'RESTARTING'
  | 'REFRESHING'
  | 'VERIFYING'

export interface ActionError {
  readonly code: string
  readonly message: string
}

/** A managed instance: it is there before its VM is, and after. */
export interface GcpMember {
  readonly name: string
  readonly zone: string
  readonly action: MemberAction
  /** Path of the template it is made from, or is to be made from. */
  readonly template: string
  /** Name of the version, where it has one. */
  readonly version?: string
  /** Numeric id of the VM, while there is one. */
  readonly id?: string
  /** Counts what has been begun with it: what an older timer wanted is void. */
  readonly turn: number
  /** Failed attempts of the current action. */
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly errors?: readonly ActionError[]
}

/** An error of an action on an instance, as `listErrors` shows it. */
export interface GroupError extends ActionError {
  readonly time: number
  readonly instance: string
  readonly action: MemberAction
  readonly template: string
}

/** A managed instance group. */
export interface GcpGroup {
  /** `zones/z/instanceGroupManagers/name` or `regions/r/instanceGroupManagers/name`. */
  readonly path: string
  readonly id: string
  readonly created: number
  readonly region: string
  /** Where its instances may be; one for a zonal group. */
  readonly zones: readonly string[]
  readonly regional: boolean
  readonly resource: GroupResource
  readonly members: readonly GcpMember[]
  readonly errors: readonly GroupError[]
  /** False until its insertion is done. */
  readonly ready: boolean
  /** Operation that deletes it. */
  readonly deletion?: string
}
