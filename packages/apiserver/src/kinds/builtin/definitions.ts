import { groupKind } from '../../object.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { ResourceDefinition, ScalePaths } from '../definition.ts'
import { behaviours } from './behaviours.ts'
import { builtinColumns } from './columns.ts'
import { fromCoreEvent, toCoreEvent } from './events.ts'
import { builtinSchema, builtinShapes } from './shapes.ts'

interface Row {
  readonly kind: string
  readonly plural: string
  readonly short?: readonly string[]
  readonly cluster?: true
  readonly status?: true
  readonly scale?: ScalePaths
  readonly all?: true
  readonly fields?: readonly string[]
  readonly table?: string
  readonly review?: true
}

const replicas: ScalePaths = {
  spec: ['spec', 'replicas'],
  status: ['status', 'replicas'],
  selector: ['spec', 'selector'],
}

const podFields = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
]

const involvedObject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
const eventFields = [
  ...involvedObject.map((field) => `involvedObject.${field}`),
  'reason',
  'reportingComponent',
  'source',
  'type',
]
const newEventFields = [...involvedObject.map((field) => `regarding.${field}`), 'reason', 'reportingController', 'type']

/** Resources by group and version. */
const rows: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'] },
    { kind: 'Endpoints', plural: 'endpoints', short: ['ep'] },
    { kind: 'Event', plural: 'events', short: ['ev'], fields: eventFields },
    { kind: 'LimitRange', plural: 'limitranges', short: ['limits'] },
    { kind: 'Namespace', plural: 'namespaces', short: ['ns'], cluster: true, status: true, fields: ['status.phase'] },
    { kind: 'Node', plural: 'nodes', short: ['no'], cluster: true, status: true, fields: ['spec.unschedulable'] },
    { kind: 'PersistentVolume', plural: 'persistentvolumes', short: ['pv'], cluster: true, status: true },
    { kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', short: ['pvc'], status: true },
    { kind: 'Pod', plural: 'pods', short: ['po'], status: true, all: true, fields: podFields },
    { kind: 'PodTemplate', plural: 'podtemplates' },
    {
      kind: 'ReplicationController',
      plural: 'replicationcontrollers',
      short: ['rc'],
      status: true,
      scale: replicas,
      all: true,
    },
    { kind: 'ResourceQuota', plural: 'resourcequotas', short: ['quota'], status: true },
    { kind: 'Secret', plural: 'secrets', fields: ['type'] },
    {
      kind: 'Service',
      plural: 'services',
      short: ['svc'],
      status: true,
      all: true,
      fields: ['spec.clusterIP', 'spec.type'],
    },
    { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'] },
  ],
  'admissionregistration.k8s.io/v1': [
    { kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations', cluster: true },
    { kind: 'ValidatingAdmissionPolicy', plural: 'validatingadmissionpolicies', cluster: true, status: true },
    { kind: 'ValidatingAdmissionPolicyBinding', plural: 'validatingadmissionpolicybindings', cluster: true },
    { kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations', cluster: true },
  ],
  'apiextensions.k8s.io/v1': [
    {
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      short: ['crd', 'crds'],
      cluster: true,
      status: true,
    },
  ],
  'apiregistration.k8s.io/v1': [{ kind: 'APIService', plural: 'apiservices', cluster: true, status: true }],
  'apps/v1': [
    { kind: 'ControllerRevision', plural: 'controllerrevisions' },
    { kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'], status: true, all: true },
    { kind: 'Deployment', plural: 'deployments', short: ['deploy'], status: true, scale: replicas, all: true },
    {
      kind: 'ReplicaSet',
      plural: 'replicasets',
      short: ['rs'],
      status: true,
      scale: replicas,
      all: true,
      fields: ['status.replicas'],
    },
    { kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'], status: true, scale: replicas, all: true },
  ],
  'authentication.k8s.io/v1': [
    { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', cluster: true, review: true },
    { kind: 'TokenReview', plural: 'tokenreviews', cluster: true, review: true },
  ],
  'authorization.k8s.io/v1': [
    { kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', review: true },
    { kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', cluster: true, review: true },
    { kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', cluster: true, review: true },
    { kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', cluster: true, review: true },
  ],
  'autoscaling/v2': [
    { kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', short: ['hpa'], status: true, all: true },
  ],
  'batch/v1': [
    { kind: 'CronJob', plural: 'cronjobs', short: ['cj'], status: true, all: true },
    { kind: 'Job', plural: 'jobs', status: true, all: true, fields: ['status.successful'] },
  ],
  'certificates.k8s.io/v1': [
    {
      kind: 'CertificateSigningRequest',
      plural: 'certificatesigningrequests',
      short: ['csr'],
      cluster: true,
      status: true,
      fields: ['spec.signerName'],
    },
  ],
  'coordination.k8s.io/v1': [{ kind: 'Lease', plural: 'leases' }],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', plural: 'endpointslices' }],
  'events.k8s.io/v1': [{ kind: 'Event', plural: 'events', short: ['ev'], fields: newEventFields, table: 'events' }],
  'networking.k8s.io/v1': [
    { kind: 'Ingress', plural: 'ingresses', short: ['ing'], status: true },
    { kind: 'IngressClass', plural: 'ingressclasses', cluster: true },
    { kind: 'NetworkPolicy', plural: 'networkpolicies', short: ['netpol'] },
  ],
  'node.k8s.io/v1': [{ kind: 'RuntimeClass', plural: 'runtimeclasses', cluster: true }],
  'policy/v1': [{ kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', short: ['pdb'], status: true }],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
    { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
    { kind: 'Role', plural: 'roles' },
    { kind: 'RoleBinding', plural: 'rolebindings' },
  ],
  'resource.k8s.io/v1': [
    { kind: 'DeviceClass', plural: 'deviceclasses', cluster: true },
    { kind: 'ResourceClaim', plural: 'resourceclaims', status: true },
    { kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates' },
    { kind: 'ResourceSlice', plural: 'resourceslices', cluster: true, fields: ['spec.driver', 'spec.nodeName'] },
  ],
  'scheduling.k8s.io/v1': [{ kind: 'PriorityClass', plural: 'priorityclasses', short: ['pc'], cluster: true }],
  'storage.k8s.io/v1': [
    { kind: 'CSIDriver', plural: 'csidrivers', cluster: true },
    { kind: 'CSINode', plural: 'csinodes', cluster: true },
    { kind: 'CSIStorageCapacity', plural: 'csistoragecapacities' },
    { kind: 'StorageClass', plural: 'storageclasses', short: ['sc'], cluster: true },
    { kind: 'VolumeAttachment', plural: 'volumeattachments', cluster: true, status: true },
  ],
}

/** Groups whose types share a short name with another's are named with their group in the shapes. */
function shapeName(group: string, kind: string): string {
  const qualified = `${group.split('.')[0]}.${kind}`
  return builtinShapes.has(qualified) ? qualified : kind
}

function define(group: string, version: string, row: Row): ResourceDefinition {
  const key = groupKind({ group, kind: row.kind })
  return {
    group,
    kind: row.kind,
    listKind: `${row.kind}List`,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.short ?? [],
    categories: row.all === true ? ['all'] : [],
    namespaced: row.cluster !== true,
    versions: [
      {
        name: version,
        served: true,
        schema: builtinSchema(shapeName(group, row.kind)),
        shape: shapeName(group, row.kind),
        columns: builtinColumns[key] ?? [nameColumn, ageColumn],
        status: row.status === true,
        ...(row.scale === undefined ? {} : { scale: row.scale }),
        selectable: row.fields ?? [],
      },
    ],
    storageVersion: version,
    table: row.table ?? (group === '' ? row.plural : `${row.plural}.${group}`),
    ...(row.table === 'events' ? { stored: { to: toCoreEvent, from: fromCoreEvent } } : {}),
    custom: false,
    behaviour: behaviours[key] ?? {},
    ...(row.review === true ? { review: true } : {}),
  }
}

export function isBuiltinKind(apiVersion: string, kind: string): boolean {
  return rows[apiVersion]?.some((row) => row.kind === kind) === true
}

/** Every kind the server knows from the start. */
export function builtinDefinitions(): ResourceDefinition[] {
  return Object.entries(rows).flatMap(([api, resources]) => {
    const [version = '', group = ''] = api.split('/').toReversed()
    return resources.map((row) => define(group, version, row))
  })
}
