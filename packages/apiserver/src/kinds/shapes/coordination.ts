/** Fields of the coordination types: see `shape.ts` for the notation. */
export const coordinationShapes = `
package io.k8s.api.coordination.v1

type Lease
  1 metadata ObjectMeta
  2 spec LeaseSpec

type LeaseSpec
  1 holderIdentity? string
  2 leaseDurationSeconds? int32
  3 acquireTime? microTime
  4 renewTime? microTime
  5 leaseTransitions? int32
  6 strategy? string
  7 preferredHolder? string
`
