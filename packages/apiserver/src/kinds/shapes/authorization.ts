/** Fields of the authorization types: see `shape.ts` for the notation. */
export const authorizationShapes = `
package io.k8s.api.authorization.v1

type FieldSelectorAttributes
  1 rawSelector string
  2 requirements [FieldSelectorRequirement] atomic

type LabelSelectorAttributes
  1 rawSelector string
  2 requirements [LabelSelectorRequirement] atomic

type LocalSubjectAccessReview
  1 metadata ObjectMeta
  2 spec! SubjectAccessReviewSpec
  3 status SubjectAccessReviewStatus

type NonResourceAttributes
  1 path string
  2 verb string

type NonResourceRule
  1 verbs! [string] atomic
  2 nonResourceURLs [string] atomic

type ResourceAttributes
  1 namespace string
  2 verb string
  3 group string
  4 version string
  5 resource string
  6 subresource string
  7 name string
  8 fieldSelector FieldSelectorAttributes
  9 labelSelector LabelSelectorAttributes

type ResourceRule
  1 verbs! [string] atomic
  2 apiGroups [string] atomic
  3 resources [string] atomic
  4 resourceNames [string] atomic

type SelfSubjectAccessReview
  1 metadata ObjectMeta
  2 spec! SelfSubjectAccessReviewSpec
  3 status SubjectAccessReviewStatus

type SelfSubjectAccessReviewSpec
  1 resourceAttributes ResourceAttributes
  2 nonResourceAttributes NonResourceAttributes

type SelfSubjectRulesReview
  1 metadata ObjectMeta
  2 spec! SelfSubjectRulesReviewSpec
  3 status SubjectRulesReviewStatus

type SelfSubjectRulesReviewSpec
  1 namespace string

type SubjectAccessReview
  1 metadata ObjectMeta
  2 spec! SubjectAccessReviewSpec
  3 status SubjectAccessReviewStatus

type SubjectAccessReviewSpec
  1 resourceAttributes ResourceAttributes
  2 nonResourceAttributes NonResourceAttributes
  3 user string
  4 groups [string] atomic
  5 extra {[string]}
  6 uid string

type SubjectAccessReviewStatus
  1 allowed! bool
  2 reason string
  3 evaluationError string
  4 denied bool

type SubjectRulesReviewStatus
  1 resourceRules! [ResourceRule] atomic
  2 nonResourceRules! [NonResourceRule] atomic
  3 incomplete! bool
  4 evaluationError string
`
