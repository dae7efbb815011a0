import type { JsonObject } from '@machinepool/contract'

import type {
  DeleteInstancesRequest,
  Image,
  InstanceAggregatedList,
  InstanceGroupManager,
  InstanceGroupManagerAggregatedList,
  InstanceTemplate,
  InstanceTemplateList,
  ManagedInstances,
  Operation,
  SetNamedPortsRequest,
} from './resources.ts'

/** One method of the API: how it is called, and what a role must allow for it. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the project. `{scope}` is `zones/Z`, `regions/R` or `global`. */
  readonly path: string
  /** Calls with one name here share a quota. https://cloud.google.com/compute/api-quota */
  readonly quota: 'read' | 'list' | 'mutate' | 'operation'
  readonly permissions: readonly string[]
}

/**
 * Every call that the provider makes. The client sends them, `gcpPermissions` and the tests against the API's published
 * description read them. https://cloud.google.com/compute/docs/reference/rest/v1
 */
export const methods = {
  'instanceGroupManagers.aggregatedList': {
    verb: 'GET',
    path: 'aggregated/instanceGroupManagers',
    quota: 'list',
    permissions: ['compute.instanceGroupManagers.list'],
  },
  'instanceGroupManagers.get': {
    verb: 'GET',
    path: '{scope}/instanceGroupManagers/{name}',
    quota: 'read',
    permissions: ['compute.instanceGroupManagers.get'],
  },
  'instanceGroupManagers.listManagedInstances': {
    verb: 'POST',
    path: '{scope}/instanceGroupManagers/{name}/listManagedInstances',
    quota: 'list',
    permissions: ['compute.instanceGroupManagers.get', 'compute.instances.list'],
  },
  'instanceGroupManagers.insert': {
    verb: 'POST',
    path: '{scope}/instanceGroupManagers',
    quota: 'mutate',
    permissions: [
      'compute.instanceGroupManagers.create',
      'compute.instanceGroups.create',
      'compute.instanceTemplates.useReadOnly',
      'compute.instances.create',
      'compute.healthChecks.useReadOnly',
    ],
  },
  'instanceGroupManagers.patch': {
    verb: 'PATCH',
    path: '{scope}/instanceGroupManagers/{name}',
    quota: 'mutate',
    permissions: ['compute.instanceGroupManagers.update', 'compute.instanceGroups.update'],
  },
  'instanceGroupManagers.resize': {
    verb: 'POST',
    path: '{scope}/instanceGroupManagers/{name}/resize',
    quota: 'mutate',
    permissions: ['compute.instanceGroupManagers.update'],
  },
  'instanceGroupManagers.deleteInstances': {
    verb: 'POST',
    path: '{scope}/instanceGroupManagers/{name}/deleteInstances',
    quota: 'mutate',
    permissions: ['compute.instanceGroupManagers.update', 'compute.instances.delete'],
  },
  'instanceGroupManagers.delete': {
    verb: 'DELETE',
    path: '{scope}/instanceGroupManagers/{name}',
    quota: 'mutate',
    permissions: ['compute.instanceGroupManagers.delete', 'compute.instanceGroups.delete', 'compute.instances.delete'],
  },
  'instanceGroups.setNamedPorts': {
    verb: 'POST',
    path: '{scope}/instanceGroups/{name}/setNamedPorts',
    quota: 'mutate',
    permissions: ['compute.instanceGroups.update'],
  },
  'instanceTemplates.list': {
    verb: 'GET',
    path: 'global/instanceTemplates',
    quota: 'list',
    permissions: ['compute.instanceTemplates.list'],
  },
  'instanceTemplates.get': {
    verb: 'GET',
    path: 'global/instanceTemplates/{name}',
    quota: 'read',
    permissions: ['compute.instanceTemplates.get'],
  },
  'instanceTemplates.insert': {
    verb: 'POST',
    path: 'global/instanceTemplates',
    quota: 'mutate',
    permissions: [
      'compute.instanceTemplates.create',
      'compute.disks.create',
      'compute.disks.setLabels',
      'compute.images.useReadOnly',
      'compute.instances.setLabels',
      'compute.instances.setMetadata',
      'compute.instances.setServiceAccount',
      'compute.instances.setTags',
      'compute.networks.use',
      'compute.networks.useExternalIp',
      'compute.subnetworks.use',
      'compute.subnetworks.useExternalIp',
      'compute.resourcePolicies.use',
      'iam.serviceAccounts.actAs',
      'resourcemanager.tagValueBindings.create',
      'resourcemanager.tagValues.get',
    ],
  },
  'instanceTemplates.delete': {
    verb: 'DELETE',
    path: 'global/instanceTemplates/{name}',
    quota: 'mutate',
    permissions: ['compute.instanceTemplates.delete'],
  },
  'instances.aggregatedList': {
    verb: 'GET',
    path: 'aggregated/instances',
    quota: 'list',
    permissions: ['compute.instances.list'],
  },
  'images.getFromFamily': {
    verb: 'GET',
    path: 'global/images/family/{name}',
    quota: 'read',
    permissions: ['compute.images.getFromFamily'],
  },
  'operations.get': {
    verb: 'GET',
    path: '{scope}/operations/{name}',
    quota: 'operation',
    permissions: ['compute.zoneOperations.get', 'compute.regionOperations.get', 'compute.globalOperations.get'],
  },
} as const satisfies Readonly<Record<string, Method>>

export type MethodName = keyof typeof methods

/** What each method is sent and answers with. */
interface Messages {
  'instanceGroupManagers.aggregatedList': [undefined, InstanceGroupManagerAggregatedList]
  'instanceGroupManagers.get': [undefined, InstanceGroupManager]
  'instanceGroupManagers.listManagedInstances': [undefined, ManagedInstances]
  'instanceGroupManagers.insert': [InstanceGroupManager, Operation]
  // A JSON merge patch: null clears, which the SDK's own types cannot say.
  'instanceGroupManagers.patch': [JsonObject, Operation]
  'instanceGroupManagers.resize': [undefined, Operation]
  'instanceGroupManagers.deleteInstances': [DeleteInstancesRequest, Operation]
  'instanceGroupManagers.delete': [undefined, Operation]
  'instanceGroups.setNamedPorts': [SetNamedPortsRequest, Operation]
  'instanceTemplates.list': [undefined, InstanceTemplateList]
  'instanceTemplates.get': [undefined, InstanceTemplate]
  'instanceTemplates.insert': [InstanceTemplate, Operation]
  'instanceTemplates.delete': [undefined, Operation]
  'instances.aggregatedList': [undefined, InstanceAggregatedList]
  'images.getFromFamily': [undefined, Image]
  'operations.get': [undefined, Operation]
}

export type BodyOf<M extends MethodName> = Messages[M][0]
export type AnswerOf<M extends MethodName> = Messages[M][1]

/** Methods that change something: all of them answer with an operation. */
export type WriteName = {
  [M in MethodName]: (typeof methods)[M]['quota'] extends 'mutate' ? M : never
}[MethodName]
