/** Fields of the autoscaling types: see `shape.ts` for the notation. */
export const autoscalingShapes = `
package io.k8s.api.autoscaling.v1

type Scale
  1 metadata ObjectMeta
  2 spec ScaleSpec
  3 status ScaleStatus

type ScaleSpec
  1 replicas int32

type ScaleStatus
  1 replicas! int32
  2 selector string
`
