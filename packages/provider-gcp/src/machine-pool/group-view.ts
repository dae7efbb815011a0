import type { EpochMillis } from '@machinepool/contract'

import type { InstanceGroupManager, InstanceProperties, ManagedInstance } from '../compute/resources.ts'
import type { GroupRef } from './group-ref.ts'
import type { Mark } from './marks.ts'

/** An instance template, without the bootstrap data, which is a secret. */
export interface TemplateView {
  readonly name: string
  readonly mark?: Mark
  readonly createdAt?: EpochMillis
  /** SHA-256 of the bootstrap data in it, where it was read. */
  readonly bootstrapHash?: string
  /** Only of templates that are read whole: those that are not ours. */
  readonly properties?: InstanceProperties
  /** Google said that something still uses it; not to be tried again for a while. */
  readonly inUse?: boolean
}

/** Details that listManagedInstances does not have. They never change in the life of an instance. */
export interface InstanceDetails {
  readonly createdAt?: EpochMillis
  readonly addresses: readonly { readonly type: 'InternalIP' | 'ExternalIP'; readonly address: string }[]
  readonly machineType?: string
}

/** What Google Cloud has of one pool: the provider's own part of an observation. */
export interface GcpGroup {
  /** Where the group is, or where a new one is to be; absent while no zone is known. */
  readonly ref?: GroupRef
  /** The pool's group, whoever owns it; absent when there is none. */
  readonly group?: InstanceGroupManager
  /** Own templates, and the one the group uses even when it is somebody else's. */
  readonly templates: readonly TemplateView[]
  readonly managed: readonly ManagedInstance[]
  /** Names that were taken by somebody else, so that the pool uses others (R2). */
  readonly takenNames: readonly string[]
}
