/** Fields of the scheduling types: see `shape.ts` for the notation. */
export const schedulingShapes = `
package io.k8s.api.scheduling.v1

type PriorityClass
  1 metadata ObjectMeta
  2 value! int32
  3 globalDefault bool
  4 description string
  5 preemptionPolicy? string
`
