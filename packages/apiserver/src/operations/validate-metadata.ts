import type { FieldError } from '../failure.ts'
import type { KubeObject, ObjectMeta, OwnerReference } from '../object.ts'
import {
  labelValueProblems,
  qualifiedNameProblems,
  subdomainProblems,
  labelProblems,
} from '../selectors/label-syntax.ts'
import type { Target } from './target.ts'

/** Kinds whose names are segments of a path rather than names of hosts. */
const pathSegmentNames = new Set(['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'])
/** Kinds whose names are single labels. */
const labelNames = new Set(['namespaces', 'services'])

/** Rules that hold for the metadata of every kind. `old` is absent for a new object. */
export function validateMetadata({ metadata }: KubeObject, old: KubeObject | undefined, target: Target): FieldError[] {
  // What changes is checked for it more than once, and it is said each time.
  const times = old === undefined ? 1 : target.kind.definition.custom ? 3 : 2
  const errors = [
    ...labelErrors(metadata),
    ...annotationErrors(metadata),
    ...ownerErrors(metadata.ownerReferences ?? []),
  ]
  return [
    ...(old === undefined ? [...nameErrors(metadata, target), ...finalizerErrors(metadata)] : []),
    ...(hasOwnFinalizerRules(target) ? [] : qualifiedFinalizerErrors(metadata)),
    ...generationErrors(metadata),
    ...Array.from({ length: times }, () => errors).flat(),
  ]
}

function problem(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field: `metadata.${field}`, value, detail }
}

function nameErrors({ name = '', generateName = '' }: ObjectMeta, { kind: { definition } }: Target): FieldError[] {
  const { group, plural } = definition
  const problems =
    group === 'rbac.authorization.k8s.io' && pathSegmentNames.has(plural)
      ? pathSegmentProblems
      : group === '' && labelNames.has(plural)
        ? labelProblems
        : subdomainProblems
  // What follows a prefix is made by the server, so a prefix may end in a dash.
  const prefix = generateName.endsWith('-') ? `${generateName.slice(0, -1)}a` : generateName
  return [
    ...(generateName === '' ? [] : problems(prefix).map((detail) => problem('generateName', generateName, detail))),
    ...(name === ''
      ? [{ type: 'FieldValueRequired' as const, field: 'metadata.name', detail: 'name or generateName is required' }]
      : problems(name).map((detail) => problem('name', name, detail))),
  ]
}

function pathSegmentProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`)
}

function generationErrors({ generation = 0 }: ObjectMeta): FieldError[] {
  return generation < 0 ? [problem('generation', generation, 'must be greater than or equal to 0')] : []
}

function labelErrors({ labels = {} }: ObjectMeta): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((detail) => problem('labels', key, detail)),
    ...labelValueProblems(value).map((detail) => problem('labels', value, detail)),
  ])
}

/** Bytes that keys and values may have together. */
const mostAnnotations = 256 * 1024

function annotationErrors({ annotations = {} }: ObjectMeta): FieldError[] {
  const entries = Object.entries(annotations)
  const size = entries.reduce((total, [key, value]) => total + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  const tooLong: FieldError = {
    type: 'FieldValueTooLong',
    field: 'metadata.annotations',
    detail: `may not be more than ${mostAnnotations} bytes`,
  }
  return [
    ...entries.flatMap(([key]) =>
      qualifiedNameProblems(key.toLowerCase()).map((detail) => problem('annotations', key, detail)),
    ),
    ...(size > mostAnnotations ? [tooLong] : []),
  ]
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const errors: FieldError[] = []
  let first: string | undefined
  for (const owner of owners) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (typeof owner[field] === 'string' && owner[field] !== '') continue
      const detail = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty'
      errors.push(problem(`ownerReferences.${field}`, owner[field] ?? '', detail))
    }
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (first === undefined) first = name
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${name}`
      errors.push(problem('ownerReferences', owners, detail))
    }
  }
  return errors
}

const ownFinalizerRules = new Set([
  'coordination.k8s.io',
  'events.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
])

function hasOwnFinalizerRules({ kind: { definition } }: Target): boolean {
  return definition.custom || ownFinalizerRules.has(definition.group) || definition.kind === 'Event'
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Finalizers of built-in kinds name whose they are. */
function qualifiedFinalizerErrors({ finalizers = [] }: ObjectMeta): FieldError[] {
  const detail = 'name is neither a standard finalizer name nor is it fully qualified'
  return finalizers.flatMap((name, index) =>
    name.includes('/') || standardFinalizers.has(name) || qualifiedNameProblems(name).length > 0
      ? []
      : [problem(`finalizers[${index}]`, name, detail)],
  )
}

function finalizerErrors({ finalizers = [] }: ObjectMeta): FieldError[] {
  const errors = finalizers.flatMap((name) =>
    qualifiedNameProblems(name).map((detail) => problem('finalizers', name, detail)),
  )
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(problem('finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return errors
}
