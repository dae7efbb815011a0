import {
  defaultCustomResourceDefinition,
  validateCustomResourceDefinition,
  type CustomResourceDefinition,
} from '../custom.ts'
import type { Behaviour } from '../definition.ts'
import { role, roleBinding } from './behaviours/access.ts'
import { configMap, secret } from './behaviours/configuration.ts'
import { podDisruptionBudget } from './behaviours/disruption-budgets.ts'
import { event, newEvent } from './behaviours/events.ts'
import { emptyStatus } from './behaviours/fields.ts'
import { cronJob, job } from './behaviours/jobs.ts'
import { lease } from './behaviours/leases.ts'
import { namespace } from './behaviours/namespaces.ts'
import { node } from './behaviours/nodes.ts'
import {
  certificateSigningRequest,
  horizontalPodAutoscaler,
  ingress,
  networkPolicy,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
} from './behaviours/policies.ts'
import { pod } from './behaviours/pods.ts'
import { service } from './behaviours/services.ts'
import { persistentVolume, persistentVolumeClaim, storageClass } from './behaviours/storage.ts'
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from './behaviours/webhook-configurations.ts'
import { daemonSet, deployment, replicaSet, statefulSet } from './behaviours/workloads.ts'

const customResourceDefinition: Behaviour = {
  default: (object) => defaultCustomResourceDefinition(object as CustomResourceDefinition),
  validate: (object) => validateCustomResourceDefinition(object as CustomResourceDefinition),
}

const withoutGeneration: Behaviour = { withoutGeneration: true }

/** By `Kind.group`. Kinds that are not named here are stored as they come. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  Namespace: namespace,
  Pod: pod,
  Node: node,
  Secret: secret,
  ConfigMap: configMap,
  Event: event,
  'Event.events.k8s.io': newEvent,
  ServiceAccount: { ...withoutGeneration, returnsDeleted: true },
  Service: service,
  Endpoints: withoutGeneration,
  ResourceQuota: { ...withoutGeneration, prepareCreate: emptyStatus },
  PersistentVolume: persistentVolume,
  PersistentVolumeClaim: persistentVolumeClaim,
  'Lease.coordination.k8s.io': lease,
  'Deployment.apps': deployment,
  'ReplicaSet.apps': replicaSet,
  'StatefulSet.apps': statefulSet,
  'DaemonSet.apps': daemonSet,
  'Job.batch': job,
  'CronJob.batch': cronJob,
  'PodDisruptionBudget.policy': podDisruptionBudget,
  'Role.rbac.authorization.k8s.io': role,
  'ClusterRole.rbac.authorization.k8s.io': role,
  'RoleBinding.rbac.authorization.k8s.io': roleBinding,
  'ClusterRoleBinding.rbac.authorization.k8s.io': roleBinding,
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': mutatingWebhookConfiguration,
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': validatingWebhookConfiguration,
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io': validatingAdmissionPolicy,
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io': validatingAdmissionPolicyBinding,
  'NetworkPolicy.networking.k8s.io': networkPolicy,
  'Ingress.networking.k8s.io': ingress,
  'HorizontalPodAutoscaler.autoscaling': horizontalPodAutoscaler,
  'CertificateSigningRequest.certificates.k8s.io': certificateSigningRequest,
  'CSIStorageCapacity.storage.k8s.io': withoutGeneration,
  'RuntimeClass.node.k8s.io': withoutGeneration,
  'CustomResourceDefinition.apiextensions.k8s.io': customResourceDefinition,
  'StorageClass.storage.k8s.io': storageClass,
  'CSINode.storage.k8s.io': withoutGeneration,
  'VolumeAttachment.storage.k8s.io': withoutGeneration,
}
