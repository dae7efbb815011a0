/** Fields of the rbac types: see `shape.ts` for the notation. */
export const rbacShapes = `
package io.k8s.api.rbac.v1

type AggregationRule
  1 clusterRoleSelectors [LabelSelector] atomic

type ClusterRole
  1 metadata ObjectMeta
  2 rules [PolicyRule] atomic
  3 aggregationRule AggregationRule

type ClusterRoleBinding
  1 metadata ObjectMeta
  2 subjects [Subject] atomic
  3 roleRef! RoleRef

type PolicyRule
  1 verbs! [string] atomic
  2 apiGroups [string] atomic
  3 resources [string] atomic
  4 resourceNames [string] atomic
  5 nonResourceURLs [string] atomic

type Role
  1 metadata ObjectMeta
  2 rules [PolicyRule] atomic

type RoleBinding
  1 metadata ObjectMeta
  2 subjects [Subject] atomic
  3 roleRef! RoleRef

type RoleRef atomic
  1 apiGroup! string
  2 kind! string
  3 name! string

type Subject atomic
  1 kind! string
  2 apiGroup string
  3 name! string
  4 namespace string
`
