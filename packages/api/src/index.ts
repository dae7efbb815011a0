export * as schema from './toolkit/schema.ts'
export * as shapes from './toolkit/shapes.ts'
export type { ValidationRule } from './toolkit/schema.ts'
export type {
  Condition,
  ContractVersionedObjectReference,
  LabelSelector,
  ObjectReference,
  V1Beta1Condition,
} from './toolkit/shapes.ts'
export {
  apiVersionOf,
  defineKind,
  resourceOf,
  type Kind,
  type KindDefinition,
  type KindResource,
  type KindVersion,
  type KindVersions,
  type ObjectOf,
  type PrinterColumn,
  type ScalePaths,
} from './toolkit/kind.ts'
export {
  toCrdYaml,
  toCustomResourceDefinition,
  toOpenApiSchema,
  type CrdOptions,
  type CrdVersion,
  type CustomResourceDefinition,
  type StructuralSchema,
  type WebhookClientConfig,
} from './toolkit/crd.ts'
export {
  formatApiVersion,
  parseApiVersion,
  type ApiObject,
  type ObjectMeta,
  type OwnerReference,
  type UnknownApiObject,
} from './toolkit/object.ts'
export { bootstrapGroup, clusterGroup, coreContractLabels, infrastructureGroup } from './kinds/group.ts'
export {
  machinePoolKind,
  machinePoolPhases,
  type MachinePool,
  type MachinePoolPhase,
  type MachinePoolSpec,
  type MachinePoolStatus,
  type MachinePoolV1Beta1,
} from './kinds/machine-pool.ts'
export {
  clusterKind,
  type Cluster,
  type ClusterSpec,
  type ClusterStatus,
  type ClusterV1Beta1,
} from './kinds/cluster.ts'
export {
  kubeadmConfigKind,
  type KubeadmConfig,
  type KubeadmConfigFile,
  type KubeadmConfigSpec,
  type KubeadmConfigStatus,
  type KubeadmConfigV1Beta1,
} from './kinds/kubeadm-config.ts'
export {
  annotations,
  clusterSecretType,
  finalizers,
  isPaused,
  isPoolNameLabelValue,
  clusterSecretName,
  kubeconfigSecretName,
  labels,
  poolNameLabelValue,
  projectAnnotations,
  replicasAreManagedExternally,
  taints,
} from './names.ts'
export {
  machineKind,
  machinePhases,
  type Machine,
  type MachinePhase,
  type MachineSpec,
  type MachineStatus,
  type MachineV1Beta1,
} from './kinds/machine.ts'
export {
  defaultFeatureGates,
  fieldErrorText,
  forbidden,
  invalid,
  invalidMessage,
  outcome,
  required,
  type AdmissionRequest,
  type AdmissionResult,
  type Admit,
  type FeatureGates,
  type FieldError,
} from './admission/admission.ts'
export { validateAnnotations, validateLabels } from './admission/metadata.ts'
export { admit } from './admission/registry.ts'
export {
  ConversionError,
  type Body,
  type Conversion,
  type ConversionContext,
  type ConvertOptions,
} from './conversion/conversion.ts'
export { fromStored, toStored } from './conversion/lossless.ts'
export { convert } from './conversion/registry.ts'
export { createConverter, type Convert, type ConvertedKind } from './conversion/converter.ts'
export { mappedConversion, withSteps, type Mapping } from './conversion/mapping.ts'
export { withDefaults } from './toolkit/defaults.ts'
export { formatDuration, parseDuration } from './toolkit/duration.ts'
export {
  findCondition,
  isConditionTrue,
  mirrorCondition,
  removeCondition,
  setCondition,
  setConditions,
  summarizeConditions,
  timestamp,
  type Fallback,
  type NewCondition,
  type SummaryOptions,
} from './conditions/condition.ts'
export {
  mirrorV1Beta1Condition,
  removeV1Beta1Condition,
  setV1Beta1Condition,
  summarizeV1Beta1Conditions,
  v1beta1False,
  v1beta1True,
  v1beta1Unknown,
  type NewV1Beta1Condition,
  type Severity,
} from './conditions/v1beta1-condition.ts'
export { coreKinds } from './kinds/core-kinds.ts'
export { machineDrainRuleKind, type MachineDrainRule } from './kinds/machine-drain-rule.ts'
export { machineDeploymentKind, machineSetKind, type MachineDeployment, type MachineSet } from './kinds/machine-set.ts'
export {
  convertManifest,
  unknownFieldNote,
  type ConvertedManifest,
  type ConvertManifestOptions,
  type ManifestNote,
} from './manifests/convert-manifest.ts'
export { unknownFields } from './conversion/known-fields.ts'
