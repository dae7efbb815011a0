/** Fields of the core types, those of configuration: see `shape.ts` for the notation. */
export const coreConfigurationShapes = `
package io.k8s.api.core.v1

type Binding
  1 metadata ObjectMeta
  2 target! ObjectReference

type ConfigMap
  1 metadata ObjectMeta
  2 data {string}
  3 binaryData {bytes}
  4 immutable? bool

type ConfigMapNodeConfigSource
  1 namespace! string
  2 name! string
  3 uid string
  4 resourceVersion string
  5 kubeletConfigKey! string

type Event
  1 metadata! ObjectMeta
  2 involvedObject! ObjectReference
  3 reason string
  4 message string
  5 source EventSource
  6 firstTimestamp time
  7 lastTimestamp time
  8 count int32
  9 type string
  10 eventTime microTime
  11 series EventSeries
  12 action string
  13 related ObjectReference
  14 reportingComponent string
  15 reportingInstance string

type EventSeries
  1 count int32
  2 lastObservedTime microTime

type EventSource
  1 component string
  2 host string

type LimitRange
  1 metadata ObjectMeta
  2 spec LimitRangeSpec

type LimitRangeItem
  1 type! string
  2 max {quantity}
  3 min {quantity}
  4 default {quantity}
  5 defaultRequest {quantity}
  6 maxLimitRequestRatio {quantity}

type LimitRangeSpec
  1 limits! [LimitRangeItem] atomic

type LocalObjectReference atomic
  1 name string

type Namespace
  1 metadata ObjectMeta
  2 spec NamespaceSpec
  3 status NamespaceStatus

type NamespaceCondition
  1 type! string
  2 status! string
  4 lastTransitionTime time
  5 reason string
  6 message string

type NamespaceSpec
  1 finalizers [string] atomic

type NamespaceStatus
  1 phase string
  2 conditions [NamespaceCondition] map(type) merge(type)

type ObjectReference atomic
  1 kind string
  2 namespace string
  3 name string
  4 uid string
  5 apiVersion string
  6 resourceVersion string
  7 fieldPath string

type ReplicationController
  1 metadata ObjectMeta
  2 spec ReplicationControllerSpec
  3 status ReplicationControllerStatus

type ReplicationControllerCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type ReplicationControllerSpec
  1 replicas? int32
  2 selector {string} atomic
  3 template PodTemplateSpec
  4 minReadySeconds int32

type ReplicationControllerStatus
  1 replicas! int32
  2 fullyLabeledReplicas int32
  3 observedGeneration int64
  4 readyReplicas int32
  5 availableReplicas int32
  6 conditions [ReplicationControllerCondition] map(type) merge(type)

type ResourceQuota
  1 metadata ObjectMeta
  2 spec ResourceQuotaSpec
  3 status ResourceQuotaStatus

type ResourceQuotaSpec
  1 hard {quantity}
  2 scopes [string] atomic
  3 scopeSelector ScopeSelector

type ResourceQuotaStatus
  1 hard {quantity}
  2 used {quantity}

type ScopeSelector atomic
  1 matchExpressions [ScopedResourceSelectorRequirement] atomic

type ScopedResourceSelectorRequirement
  1 scopeName! string
  2 operator! string
  3 values [string] atomic

type Secret
  1 metadata ObjectMeta
  2 data {bytes}
  3 type string
  4 stringData {string}
  5 immutable? bool

type SecretReference atomic
  1 name string
  2 namespace string

type ServiceAccount
  1 metadata ObjectMeta
  2 secrets [ObjectReference] map(name) merge(name)
  3 imagePullSecrets [LocalObjectReference] atomic
  4 automountServiceAccountToken? bool

type TypedLocalObjectReference atomic
  1 apiGroup? string
  2 kind! string
  3 name! string
`
