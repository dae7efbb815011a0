import type { protos } from '@google-cloud/compute'

/**
 * A message of the Compute API as JSON has it: 64-bit numbers and enumerations are text, and nothing is null. The
 * package `@google-cloud/compute` is used for these types alone, see docs/decisions/0005-google-client.md.
 */
type Wire<T> = T extends string | boolean | number
  ? T
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? string extends keyof T
        ? { [K in keyof T]: Field<NonNullable<T[K]>> }
        : { [K in keyof T]?: Field<NonNullable<T[K]>> }
      : never

/** `number | Long | string` stands for a 64-bit number, `keyof Enum | number | string` for a word: both are text. */
type Field<T> = [Extract<T, string>] extends [never] ? Wire<T> : string

export type InstanceGroupManager = Wire<protos.google.cloud.compute.v1.IInstanceGroupManager>
export type ManagedInstance = Wire<protos.google.cloud.compute.v1.IManagedInstance>
export type ManagedInstances = Wire<protos.google.cloud.compute.v1.IInstanceGroupManagersListManagedInstancesResponse>
export type InstanceTemplate = Wire<protos.google.cloud.compute.v1.IInstanceTemplate>
export type InstanceProperties = Wire<protos.google.cloud.compute.v1.IInstanceProperties>
export type InstanceTemplateList = Wire<protos.google.cloud.compute.v1.IInstanceTemplateList>
export type InstanceGroupManagerAggregatedList =
  Wire<protos.google.cloud.compute.v1.IInstanceGroupManagerAggregatedList>
export type InstanceAggregatedList = Wire<protos.google.cloud.compute.v1.IInstanceAggregatedList>
export type Instance = Wire<protos.google.cloud.compute.v1.IInstance>
export type Operation = Wire<protos.google.cloud.compute.v1.IOperation>
export type Image = Wire<protos.google.cloud.compute.v1.IImage>
export type AttachedDisk = Wire<protos.google.cloud.compute.v1.IAttachedDisk>
export type CustomerEncryptionKey = Wire<protos.google.cloud.compute.v1.ICustomerEncryptionKey>
export type Scheduling = Wire<protos.google.cloud.compute.v1.IScheduling>
export type DeleteInstancesRequest = Wire<protos.google.cloud.compute.v1.IInstanceGroupManagersDeleteInstancesRequest>
export type SetNamedPortsRequest = Wire<protos.google.cloud.compute.v1.IInstanceGroupsSetNamedPortsRequest>
