/** Fields of the admissionregistration types: see `shape.ts` for the notation. */
export const admissionregistrationShapes = `
package io.k8s.api.admissionregistration.v1

type MatchCondition
  1 name! string
  2 expression! string

type MutatingWebhook
  1 name! string
  2 clientConfig! admissionregistration.WebhookClientConfig
  3 rules [RuleWithOperations] atomic
  4 failurePolicy? string
  5 namespaceSelector LabelSelector
  6 sideEffects! string
  7 timeoutSeconds? int32
  8 admissionReviewVersions! [string] atomic
  9 matchPolicy? string
  10 reinvocationPolicy? string
  11 objectSelector LabelSelector
  12 matchConditions [MatchCondition] map(name) merge(name)

type MutatingWebhookConfiguration
  1 metadata ObjectMeta
  2 webhooks [MutatingWebhook] map(name) merge(name)

type RuleWithOperations
  1 operations [string] atomic
  2.1 apiGroups [string] atomic
  2.2 apiVersions [string] atomic
  2.3 resources [string] atomic
  2.4 scope string

type ValidatingWebhook
  1 name! string
  2 clientConfig! admissionregistration.WebhookClientConfig
  3 rules [RuleWithOperations] atomic
  4 failurePolicy? string
  5 namespaceSelector LabelSelector
  6 sideEffects! string
  7 timeoutSeconds? int32
  8 admissionReviewVersions! [string] atomic
  9 matchPolicy? string
  10 objectSelector LabelSelector
  11 matchConditions [MatchCondition] map(name) merge(name)

type ValidatingWebhookConfiguration
  1 metadata ObjectMeta
  2 webhooks [ValidatingWebhook] map(name) merge(name)

type admissionregistration.ServiceReference
  1 namespace! string
  2 name! string
  3 path? string
  4 port? int32

type admissionregistration.WebhookClientConfig
  1 service admissionregistration.ServiceReference
  2 caBundle bytes
  3 url? string
`
