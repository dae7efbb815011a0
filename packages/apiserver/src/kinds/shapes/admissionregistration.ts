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

type AuditAnnotation
  1 key! string
  2 valueExpression! string

type ExpressionWarning
  2 fieldRef! string
  3 warning! string

type MatchResources atomic
  1 namespaceSelector LabelSelector
  2 objectSelector LabelSelector
  3 resourceRules [NamedRuleWithOperations] atomic
  4 excludeResourceRules [NamedRuleWithOperations] atomic
  7 matchPolicy? string

type NamedRuleWithOperations atomic
  1 resourceNames [string] atomic
  2.1 operations [string] atomic
  2.2.1 apiGroups [string] atomic
  2.2.2 apiVersions [string] atomic
  2.2.3 resources [string] atomic
  2.2.4 scope? string

type ParamKind atomic
  1 apiVersion string
  2 kind string

type ParamRef atomic
  1 name string
  2 namespace string
  3 selector LabelSelector
  4 parameterNotFoundAction? string

type Rule
  1 apiGroups [string] atomic
  2 apiVersions [string] atomic
  3 resources [string] atomic
  4 scope? string

type TypeChecking
  1 expressionWarnings [ExpressionWarning] atomic

type ValidatingAdmissionPolicy
  1 metadata ObjectMeta
  2 spec ValidatingAdmissionPolicySpec
  3 status ValidatingAdmissionPolicyStatus

type ValidatingAdmissionPolicyBinding
  1 metadata ObjectMeta
  2 spec ValidatingAdmissionPolicyBindingSpec

type ValidatingAdmissionPolicyBindingSpec
  1 policyName string
  2 paramRef ParamRef
  3 matchResources MatchResources
  4 validationActions [string] set

type ValidatingAdmissionPolicySpec
  1 paramKind ParamKind
  2 matchConstraints MatchResources
  3 validations [Validation] atomic
  4 failurePolicy? string
  5 auditAnnotations [AuditAnnotation] atomic
  6 matchConditions [MatchCondition] map(name) merge(name)
  7 variables [Variable] map(name) merge(name)

type ValidatingAdmissionPolicyStatus
  1 observedGeneration int64
  2 typeChecking TypeChecking
  3 conditions [Condition] map(type)

type Validation
  1 expression! string
  2 message string
  3 reason string
  4 messageExpression string

type Variable atomic
  1 name! string
  2 expression! string
`
