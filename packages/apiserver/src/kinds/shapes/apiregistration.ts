/** Fields of the apiregistration types: see `shape.ts` for the notation. */
export const apiregistrationShapes = `
package io.k8s.kube-aggregator.pkg.apis.apiregistration.v1

type APIService
  1 metadata ObjectMeta
  2 spec APIServiceSpec
  3 status APIServiceStatus

type APIServiceCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type APIServiceSpec
  1 service apiregistration.ServiceReference
  2 group string
  3 version string
  4 insecureSkipTLSVerify bool
  5 caBundle bytes atomic
  7 groupPriorityMinimum! int32
  8 versionPriority! int32

type APIServiceStatus
  1 conditions [APIServiceCondition] map(type) merge(type)

type apiregistration.ServiceReference
  1 namespace string
  2 name string
  3 port? int32
`
