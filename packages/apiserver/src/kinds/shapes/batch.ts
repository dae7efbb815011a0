/** Fields of the batch types: see `shape.ts` for the notation. */
export const batchShapes = `
package io.k8s.api.batch.v1

type CronJob
  1 metadata ObjectMeta
  2 spec CronJobSpec
  3 status CronJobStatus

type CronJobSpec
  1 schedule! string
  2 startingDeadlineSeconds? int64
  3 concurrencyPolicy string
  4 suspend? bool
  5 jobTemplate! JobTemplateSpec
  6 successfulJobsHistoryLimit? int32
  7 failedJobsHistoryLimit? int32
  8 timeZone? string

type CronJobStatus
  1 active [ObjectReference] atomic
  4 lastScheduleTime? time
  5 lastSuccessfulTime? time

type Job
  1 metadata ObjectMeta
  2 spec JobSpec
  3 status JobStatus

type JobCondition
  1 type! string
  2 status! string
  3 lastProbeTime time
  4 lastTransitionTime time
  5 reason string
  6 message string

type JobSpec
  1 parallelism? int32
  2 completions? int32
  3 activeDeadlineSeconds? int64
  4 selector LabelSelector
  5 manualSelector? bool
  6 template! PodTemplateSpec
  7 backoffLimit? int32
  8 ttlSecondsAfterFinished? int32
  9 completionMode? string
  10 suspend? bool
  11 podFailurePolicy PodFailurePolicy
  12 backoffLimitPerIndex? int32
  13 maxFailedIndexes? int32
  14 podReplacementPolicy? string
  15 managedBy? string
  16 successPolicy SuccessPolicy

type JobStatus
  1 conditions [JobCondition] atomic merge(type)
  2 startTime? time
  3 completionTime? time
  4 active int32
  5 succeeded int32
  6 failed int32
  7 completedIndexes string
  8 uncountedTerminatedPods UncountedTerminatedPods
  9 ready? int32
  10 failedIndexes? string
  11 terminating? int32

type JobTemplateSpec
  1 metadata ObjectMeta
  2 spec JobSpec

type PodFailurePolicy
  1 rules! [PodFailurePolicyRule] atomic

type PodFailurePolicyOnExitCodesRequirement
  1 containerName? string
  2 operator! string
  3 values! [int32] set

type PodFailurePolicyOnPodConditionsPattern
  1 type! string
  2 status! string

type PodFailurePolicyRule
  1 action! string
  2 onExitCodes PodFailurePolicyOnExitCodesRequirement
  3 onPodConditions [PodFailurePolicyOnPodConditionsPattern] atomic

type SuccessPolicy
  1 rules! [SuccessPolicyRule] atomic

type SuccessPolicyRule
  1 succeededIndexes? string
  2 succeededCount? int32

type UncountedTerminatedPods
  1 succeeded [string] set
  2 failed [string] set
`
