/** Fields of the node types: see `shape.ts` for the notation. */
export const nodeShapes = `
package io.k8s.api.node.v1

type Overhead
  1 podFixed {quantity}

type RuntimeClass
  1 metadata ObjectMeta
  2 handler! string
  3 overhead Overhead
  4 scheduling Scheduling

type Scheduling
  1 nodeSelector {string} atomic
  2 tolerations [Toleration] atomic
`
