/** Fields of the apiextensions types: see `shape.ts` for the notation. */
export const apiextensionsShapes = `
package io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1

type CustomResourceColumnDefinition
  1 name! string
  2 type! string
  3 format string
  4 description string
  5 priority int32
  6 jsonPath! string

type CustomResourceConversion
  1 strategy! string
  2 webhook WebhookConversion

type CustomResourceDefinition
  1 metadata ObjectMeta
  2 spec! CustomResourceDefinitionSpec
  3 status CustomResourceDefinitionStatus

type CustomResourceDefinitionCondition
  1 type! string
  2 status! string
  3 lastTransitionTime time
  4 reason string
  5 message string

type CustomResourceDefinitionNames
  1 plural! string
  2 singular string
  3 shortNames [string] atomic
  4 kind! string
  5 listKind string
  6 categories [string] atomic

type CustomResourceDefinitionSpec
  1 group! string
  3 names! CustomResourceDefinitionNames
  4 scope! string
  7 versions! [CustomResourceDefinitionVersion] atomic
  9 conversion CustomResourceConversion
  10 preserveUnknownFields bool

type CustomResourceDefinitionStatus
  1 conditions [CustomResourceDefinitionCondition] map(type)
  2 acceptedNames CustomResourceDefinitionNames
  3 storedVersions [string] atomic

type CustomResourceDefinitionVersion
  1 name! string
  2 served! bool
  3 storage! bool
  4 schema CustomResourceValidation
  5 subresources CustomResourceSubresources
  6 additionalPrinterColumns [CustomResourceColumnDefinition] atomic
  7 deprecated bool
  8 deprecationWarning? string
  9 selectableFields [SelectableField] atomic

type CustomResourceSubresourceScale
  1 specReplicasPath! string
  2 statusReplicasPath! string
  3 labelSelectorPath? string

type CustomResourceSubresources
  1 status any
  2 scale CustomResourceSubresourceScale

type CustomResourceValidation
  1 openAPIV3Schema? any

type SelectableField
  1 jsonPath! string

type WebhookConversion
  2 clientConfig apiextensions.WebhookClientConfig
  3 conversionReviewVersions! [string] atomic

type apiextensions.ServiceReference
  1 namespace! string
  2 name! string
  3 path? string
  4 port? int32

type apiextensions.WebhookClientConfig
  1 service apiextensions.ServiceReference
  2 caBundle bytes
  3 url? string
`
