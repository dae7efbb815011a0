import { ApiFailure, notFound } from '../failure.ts'
import type { ResourceVersion } from '../kinds/definition.ts'
import type { KubeObject } from '../object.ts'
import type { Target } from '../operations/target.ts'
import { labelSelectorPredicate } from '../selectors/labels.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Webhook, WebhookRule } from './configuration.ts'

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** A write as webhooks are chosen by it. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation
  readonly target: Target
  /** In the version of the request; absent at DELETE. */
  readonly object: KubeObject | undefined
  /** Absent at CREATE. */
  readonly old: KubeObject | undefined
}

/**
 * The version of the kind in which a webhook wants to see the write, or undefined when it does not want to.
 *
 * @throws ApiFailure 404 when the namespace by whose labels it chooses is not there.
 */
export function matchedVersion(
  webhook: Webhook,
  attributes: AdmissionAttributes,
  store: ObjectStore,
): ResourceVersion | undefined {
  const { kind, version } = attributes.target
  if (!objectMatches(webhook, attributes)) return undefined
  const rules = webhook.rules ?? []
  const own = rules.some((rule) => ruleMatches(rule, attributes, version.name))
  const found = own
    ? version
    : webhook.matchPolicy === 'Exact'
      ? undefined
      : equivalent(rules, attributes, kind.definition.versions)
  return found !== undefined && namespaceMatches(webhook, attributes, store) ? found : undefined
}

function equivalent(
  rules: readonly WebhookRule[],
  attributes: AdmissionAttributes,
  versions: readonly ResourceVersion[],
): ResourceVersion | undefined {
  for (const rule of rules) {
    const found = versions.find((version) => version.served && ruleMatches(rule, attributes, version.name))
    if (found !== undefined) return found
  }
  return undefined
}

function ruleMatches(rule: WebhookRule, { operation, target }: AdmissionAttributes, version: string): boolean {
  const { group, plural, namespaced } = target.kind.definition
  return (
    scopeMatches(rule.scope ?? '*', namespaced) &&
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, plural, target.subresource))
  )
}

function scopeMatches(scope: string, namespaced: boolean): boolean {
  return scope === '*' || (scope === 'Namespaced') === namespaced
}

function has(items: readonly string[] | undefined, wanted: string): boolean {
  return items?.some((item) => item === '*' || item === wanted) === true
}

function resourceMatches(pattern: string, plural: string, subresource: string): boolean {
  const slash = pattern.indexOf('/')
  const resource = slash < 0 ? pattern : pattern.slice(0, slash)
  const below = slash < 0 ? '' : pattern.slice(slash + 1)
  return (resource === '*' || resource === plural) && (below === '*' || below === subresource)
}

function objectMatches({ objectSelector = {} }: Webhook, { object, old }: AdmissionAttributes): boolean {
  if (Object.keys(objectSelector).length === 0) return true
  const matches = labelSelectorPredicate(objectSelector)
  return [object, old].some((item) => item !== undefined && matches(item.metadata.labels))
}

function namespaceMatches(
  { namespaceSelector = {} }: Webhook,
  attributes: AdmissionAttributes,
  store: ObjectStore,
): boolean {
  const { namespace, kind } = attributes.target
  const ofNamespace = kind.definition.group === '' && kind.definition.plural === 'namespaces'
  if ((namespace === '' && !ofNamespace) || Object.keys(namespaceSelector).length === 0) return true
  return labelSelectorPredicate(namespaceSelector)(namespaceLabels(attributes, ofNamespace, store))
}

function namespaceLabels(
  { target, object }: AdmissionAttributes,
  ofNamespace: boolean,
  store: ObjectStore,
): Record<string, string> | undefined {
  if (ofNamespace && object !== undefined && target.subresource === '') return object.metadata.labels
  const name = ofNamespace ? target.name : target.namespace
  const entry = store.get('namespaces', name)
  if (entry === undefined) throw notFound({ group: '', plural: 'namespaces' }, name)
  return entry.object.metadata.labels
}

/** Configurations of webhooks are not themselves shown to webhooks: one that fails could not be mended. */
export function isExempt({ kind }: Target): boolean {
  return kind.definition.group === 'admissionregistration.k8s.io'
}

/** A webhook with side effects does not hear of a write that only pretends. */
export function refuseSideEffects({ name, sideEffects }: Webhook): void {
  if (sideEffects === 'None' || sideEffects === 'NoneOnDryRun') return
  throw new ApiFailure(400, 'BadRequest', `admission webhook ${JSON.stringify(name)} does not support dry run`)
}
