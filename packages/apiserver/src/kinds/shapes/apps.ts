/** Fields of the apps types: see `shape.ts` for the notation. */
export const appsShapes = `
package io.k8s.api.apps.v1

type ControllerRevision
  1 metadata ObjectMeta
  2 data raw
  3 revision! int64

type DaemonSet
  1 metadata ObjectMeta
  2 spec DaemonSetSpec
  3 status DaemonSetStatus

type DaemonSetCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type DaemonSetSpec
  1 selector! LabelSelector
  2 template! PodTemplateSpec
  3 updateStrategy DaemonSetUpdateStrategy
  4 minReadySeconds int32
  6 revisionHistoryLimit? int32

type DaemonSetStatus
  1 currentNumberScheduled! int32
  2 numberMisscheduled! int32
  3 desiredNumberScheduled! int32
  4 numberReady! int32
  5 observedGeneration int64
  6 updatedNumberScheduled int32
  7 numberAvailable int32
  8 numberUnavailable int32
  9 collisionCount? int32
  10 conditions [DaemonSetCondition] map(type) merge(type)

type DaemonSetUpdateStrategy
  1 type string
  2 rollingUpdate RollingUpdateDaemonSet

type Deployment
  1 metadata ObjectMeta
  2 spec DeploymentSpec
  3 status DeploymentStatus

type DeploymentCondition
  1 type! string
  2 status! string
  4 reason string
  5 message string
  6 lastUpdateTime time
  7 lastTransitionTime time

type DeploymentSpec
  1 replicas? int32
  2 selector! LabelSelector
  3 template! PodTemplateSpec
  4 strategy DeploymentStrategy retainKeys
  5 minReadySeconds int32
  6 revisionHistoryLimit? int32
  7 paused bool
  9 progressDeadlineSeconds? int32

type DeploymentStatus
  1 observedGeneration int64
  2 replicas int32
  3 updatedReplicas int32
  4 availableReplicas int32
  5 unavailableReplicas int32
  6 conditions [DeploymentCondition] map(type) merge(type)
  7 readyReplicas int32
  8 collisionCount? int32
  9 terminatingReplicas? int32

type DeploymentStrategy
  1 type string
  2 rollingUpdate RollingUpdateDeployment

type ReplicaSet
  1 metadata ObjectMeta
  2 spec ReplicaSetSpec
  3 status ReplicaSetStatus

type ReplicaSetCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type ReplicaSetSpec
  1 replicas? int32
  2 selector! LabelSelector
  3 template PodTemplateSpec
  4 minReadySeconds int32

type ReplicaSetStatus
  1 replicas! int32
  2 fullyLabeledReplicas int32
  3 observedGeneration int64
  4 readyReplicas int32
  5 availableReplicas int32
  6 conditions [ReplicaSetCondition] map(type) merge(type)
  7 terminatingReplicas? int32

type RollingUpdateDaemonSet
  1 maxUnavailable? intOrString
  2 maxSurge? intOrString

type RollingUpdateDeployment
  1 maxUnavailable? intOrString
  2 maxSurge? intOrString

type RollingUpdateStatefulSetStrategy
  1 partition? int32
  2 maxUnavailable? intOrString

type StatefulSet
  1 metadata ObjectMeta
  2 spec StatefulSetSpec
  3 status StatefulSetStatus

type StatefulSetCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type StatefulSetOrdinals
  1 start int32

type StatefulSetPersistentVolumeClaimRetentionPolicy
  1 whenDeleted string
  2 whenScaled string

type StatefulSetSpec
  1 replicas? int32
  2 selector! LabelSelector
  3 template! PodTemplateSpec
  4 volumeClaimTemplates [PersistentVolumeClaim] atomic
  5 serviceName string
  6 podManagementPolicy string
  7 updateStrategy StatefulSetUpdateStrategy
  8 revisionHistoryLimit? int32
  9 minReadySeconds int32
  10 persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy
  11 ordinals StatefulSetOrdinals

type StatefulSetStatus
  1 observedGeneration int64
  2 replicas! int32
  3 readyReplicas int32
  4 currentReplicas int32
  5 updatedReplicas int32
  6 currentRevision string
  7 updateRevision string
  9 collisionCount? int32
  10 conditions [StatefulSetCondition] map(type) merge(type)
  11 availableReplicas int32

type StatefulSetUpdateStrategy
  1 type string
  2 rollingUpdate RollingUpdateStatefulSetStrategy
`
