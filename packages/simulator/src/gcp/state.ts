import type { Clock } from '@machinepool/kube'

import type { Ids } from '../ids.ts'
import type { Table } from '../table.ts'
import type { GcpAutoscaler } from './autoscalers/state.ts'
import type { GcpCapacity } from './capacity.ts'
import type { GcpHealthCheck } from './catalogue/state.ts'
import type { GcpGroup } from './groups/state.ts'
import type { GcpOperation } from './operations/state.ts'
import type { GcpTimings } from './timings.ts'
import type { GcpImage, LiveWorld, MachineType } from './world.ts'

/** The parts of an instance's properties that the simulator reads; the others are kept and shown. */
export interface InstanceProperties {
  readonly machineType: string
  readonly disks?: readonly Disk[]
  readonly networkInterfaces?: readonly NetworkInterface[]
  readonly metadata?: { readonly items?: readonly { readonly key: string; readonly value?: string }[] }
  readonly labels?: Readonly<Record<string, string>>
  readonly tags?: { readonly items?: readonly string[] }
  readonly scheduling?: Scheduling
  readonly serviceAccounts?: readonly { readonly email?: string; readonly scopes?: readonly string[] }[]
  readonly [more: string]: unknown
}

export interface Disk {
  readonly boot?: boolean
  readonly type?: string
  readonly initializeParams?: {
    readonly sourceImage?: string
    readonly diskSizeGb?: string
    readonly resourceManagerTags?: Readonly<Record<string, string>>
  }
  readonly diskEncryptionKey?: {
    readonly rawKey?: string
    readonly rsaEncryptedKey?: string
    readonly [more: string]: unknown
  }
  readonly [more: string]: unknown
}

export interface NetworkInterface {
  readonly network?: string
  readonly subnetwork?: string
  readonly accessConfigs?: readonly Readonly<Record<string, unknown>>[]
  readonly [more: string]: unknown
}

export interface Scheduling {
  readonly preemptible?: boolean
  readonly provisioningModel?: string
  readonly instanceTerminationAction?: string
  readonly automaticRestart?: boolean
  readonly onHostMaintenance?: string
  readonly [more: string]: unknown
}

/** An instance template. */
export interface GcpTemplate {
  /** `global/instanceTemplates/name` or `regions/r/instanceTemplates/name`. */
  readonly path: string
  readonly name: string
  readonly id: string
  readonly created: number
  readonly description?: string
  readonly properties: InstanceProperties
  /** False until its insertion is done. */
  readonly ready: boolean
}

export type GcpInstanceStatus = 'PROVISIONING' | 'STAGING' | 'RUNNING' | 'STOPPING' | 'TERMINATED'

/** A VM. Another one of the same name later has another id. */
export interface GcpInstance {
  /** `zones/z/instances/name`. */
  readonly path: string
  readonly name: string
  readonly zone: string
  readonly id: string
  readonly created: number
  readonly status: GcpInstanceStatus
  /** Path of the template it was made from. */
  readonly template: string
  readonly properties: InstanceProperties
  readonly image: GcpImage
  readonly network: string
  readonly subnetwork: string
  readonly ip: string
  readonly externalIp?: string
  /** Path of the group that made it. */
  readonly creator?: string
  readonly started?: number
  readonly stopped?: number
  /** While it is `STOPPING`: whether it stays there as `TERMINATED`. */
  readonly staysWhenStopped?: boolean
}

/** What an instance's health check says, where somebody decides it. */
export type GcpHealth = 'HEALTHY' | 'UNHEALTHY' | 'TIMEOUT' | 'DRAINING'

export type InstanceListener = (path: string, instance: GcpInstance | undefined) => void

/** One project: all there is in it, and the cloud around it. */
export interface Project {
  readonly id: string
  readonly number: string
  readonly clock: Clock
  readonly ids: Ids
  readonly timings: GcpTimings
  /** Full link to a path below this project, or to one of another project (`projects/...`). */
  link(path: string): string
  readonly templates: Table<GcpTemplate>
  readonly groups: Table<GcpGroup>
  readonly instances: Table<GcpInstance>
  /** Instances that went a short while ago, by id: their Nodes may be there still. */
  readonly departed: Table<GcpInstance>
  readonly autoscalers: Table<GcpAutoscaler>
  readonly healthChecks: Table<GcpHealthCheck>
  /** By path. */
  readonly operations: Table<GcpOperation>
  /** Called when an operation is done. */
  readonly operationListeners: Map<string, Set<() => void>>
  /** Operations that answered a request id, by what it asked for. */
  readonly requests: Table<{ readonly intent: string; readonly operation: string }>
  readonly world: LiveWorld
  readonly machineTypes: ReadonlyMap<string, MachineType>
  readonly capacity: GcpCapacity
  readonly quotas: Map<string, number>
  /** By path of the instance. */
  readonly health: Map<string, GcpHealth>
  /** Backend services that send traffic to a group, by the group's path. */
  readonly backends: Map<string, string>
  readonly addresses: Set<string>
  readonly listeners: Set<InstanceListener>
  /** Groups that will look at themselves soon. */
  readonly awake: Set<string>
  /** An image by its path, in this or another project. */
  image(project: string, path: string): GcpImage | undefined
}
