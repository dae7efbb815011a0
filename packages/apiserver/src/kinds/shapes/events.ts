/** Fields of the events types: see `shape.ts` for the notation. */
export const eventsShapes = `
package io.k8s.api.events.v1

type events.Event
  1 metadata ObjectMeta
  2 eventTime! microTime
  3 series events.EventSeries
  4 reportingController string
  5 reportingInstance string
  6 action string
  7 reason string
  8 regarding ObjectReference
  9 related ObjectReference
  10 note string
  11 type string
  12 deprecatedSource EventSource
  13 deprecatedFirstTimestamp time
  14 deprecatedLastTimestamp time
  15 deprecatedCount int32

type events.EventSeries
  1 count! int32
  2 lastObservedTime! microTime
`
