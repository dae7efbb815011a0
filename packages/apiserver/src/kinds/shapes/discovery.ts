/** Fields of the discovery types: see `shape.ts` for the notation. */
export const discoveryShapes = `
package io.k8s.api.discovery.v1

type Endpoint
  1 addresses! [string] set
  2 conditions EndpointConditions
  3 hostname? string
  4 targetRef ObjectReference
  5 deprecatedTopology {string}
  6 nodeName? string
  7 zone? string
  8 hints EndpointHints

type EndpointConditions
  1 ready? bool
  2 serving? bool
  3 terminating? bool

type EndpointHints
  1 forZones [ForZone] atomic
  2 forNodes [ForNode] atomic

type EndpointSlice
  1 metadata ObjectMeta
  2 endpoints! [Endpoint] atomic
  3 ports [discovery.EndpointPort] atomic
  4 addressType! string

type ForNode
  1 name! string

type ForZone
  1 name! string

type discovery.EndpointPort atomic
  1 name? string
  2 protocol? string
  3 port? int32
  4 appProtocol? string
`
