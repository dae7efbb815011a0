import type { Static } from 'typebox'

import * as s from './schema.ts'

// Shapes that many kinds share. Each is a function of its description, so that `kubectl explain` says what the field is
// for where it stands.

const dnsSubdomain = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'
const kindName = '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$'
const conditionType =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$'

/** Patterns that fields of several kinds use. */
export const patterns = { dnsSubdomain, kindName, conditionType } as const

/** A `metav1.Condition`, as Kubernetes defines it. */
export function condition() {
  return s.object('One aspect of the state of the object.', {
    type: s.text('What the condition is about, in CamelCase.', { maxLength: 316, pattern: conditionType }),
    status: s.oneOf('Whether it holds.', ['True', 'False', 'Unknown']),
    reason: s.text('Why it has that status, in one CamelCase word.', {
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    }),
    message: s.text('The same for people; may be empty.', { maxLength: 32768 }),
    lastTransitionTime: s.time('When the status last changed.'),
    observedGeneration: s.optional(
      s.int64('metadata.generation that the condition was computed from.', { minimum: 0 }),
    ),
  })
}

/** A condition as API version v1beta1 had it: with a severity, its reason optional. */
export function v1beta1Condition() {
  return s.object('One aspect of the state of the object, in the shape of API version v1beta1.', {
    type: s.text('What the condition is about, in CamelCase.', { minLength: 1, maxLength: 256 }),
    status: s.text('Whether it holds: True, False or Unknown.'),
    severity: s.optional(s.text('How bad False is: Error, Warning or Info; empty when True.', { maxLength: 32 })),
    reason: s.optional(s.text('Why it has that status, in one CamelCase word.', { minLength: 1, maxLength: 256 })),
    message: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
    lastTransitionTime: s.time('When the status last changed.'),
  })
}

/** `status.conditions` as metav1 conditions, one per type. */
export function conditions(description = 'State of the object, one condition per type.') {
  return s.listMap(description, ['type'], condition(), { maxItems: 32 })
}

/** `status.conditions` in the shape of API version v1beta1. */
export function v1beta1Conditions(description = 'State of the object, in the shape of API version v1beta1.') {
  return s.list(description, v1beta1Condition())
}

/** A `corev1.ObjectReference`: names one object, loosely. */
export function objectReference(description: string) {
  return s.object(
    description,
    {
      apiVersion: s.optional(s.text('Group and version of the object.')),
      kind: s.optional(s.text('Kind of the object.')),
      namespace: s.optional(s.text('Namespace of the object.')),
      name: s.optional(s.text('Name of the object.')),
      uid: s.optional(s.text('Unique id of the object.')),
      resourceVersion: s.optional(s.text('Revision of the object that is meant.')),
      fieldPath: s.optional(s.text('Part of the object that is meant.')),
    },
    { atomic: true },
  )
}

/** Names an object in the same namespace; its version is read from the contract labels of its CRD. */
export function contractVersionedObjectReference(description: string) {
  return s.object(description, {
    apiGroup: s.text('API group of the object, without a version.', {
      minLength: 1,
      maxLength: 253,
      pattern: dnsSubdomain,
    }),
    kind: s.text('Kind of the object.', { minLength: 1, maxLength: 63, pattern: kindName }),
    name: s.text('Name of the object.', { minLength: 1, maxLength: 253, pattern: dnsSubdomain }),
  })
}

/** Names an object of a kind that the field itself fixes. */
export function localObjectReference(description: string) {
  return s.object(description, { name: s.text('Name of the object, in the same namespace.') })
}

/** Names one key of a Secret in the same namespace. */
export function secretKeyReference(description: string) {
  return s.object(description, {
    name: s.text('Name of the Secret.', { minLength: 1, maxLength: 253 }),
    key: s.text('Key in the Secret.', { minLength: 1, maxLength: 256 }),
  })
}

/** A `metav1.LabelSelector`. */
export function labelSelector(description: string) {
  return s.object(
    description,
    {
      matchLabels: s.optional(s.textMap('Labels that must have exactly these values.')),
      matchExpressions: s.optional(
        s.atomicList(
          'Further requirements, all of which must hold.',
          s.object('One requirement.', {
            key: s.text('Label key.'),
            operator: s.text('In, NotIn, Exists or DoesNotExist.'),
            values: s.optional(s.atomicList('Values for In and NotIn.', s.text('One value.'))),
          }),
        ),
      ),
    },
    { atomic: true },
  )
}

/** Labels and annotations for objects made from a template. */
export function templateMetadata(description: string, bounds: s.ObjectBounds = {}) {
  return s.object(
    description,
    {
      labels: s.optional(s.textMap('Labels for the objects made.')),
      annotations: s.optional(s.textMap('Annotations for the objects made.')),
    },
    bounds,
  )
}

export type Condition = Static<ReturnType<typeof condition>>
export type V1Beta1Condition = Static<ReturnType<typeof v1beta1Condition>>
export type ObjectReference = Static<ReturnType<typeof objectReference>>
export type ContractVersionedObjectReference = Static<ReturnType<typeof contractVersionedObjectReference>>
export type LabelSelector = Static<ReturnType<typeof labelSelector>>
