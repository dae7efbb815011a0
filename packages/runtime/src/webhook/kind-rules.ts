import type { KubeObject } from '@machinepool/kube'

import type { AdmissionRequest, Admit } from './review.ts'
import type { WebhookServer } from './server.ts'

/** An object of any kind, all its fields in the open. */
export type RuledObject = KubeObject & { [field: string]: unknown }

/** One field that is wrong. */
export interface FieldRefusal {
  /** Such as `spec.replicas`. */
  readonly field: string
  /** Machine-readable, without the prefix `FieldValue`: `Required`, `Invalid`, `Forbidden`, `Duplicate`. */
  readonly type: string
}

/** A write as the rules of a kind see it. */
export interface RuleRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly object: RuledObject
  /** The object before an update. */
  readonly old?: RuledObject
  /** Such as `status`; absent for the object itself. */
  readonly subresource?: string
}

/** Pure rules of the kinds of one program, which webhooks serve. `Refusal` says what is wrong with one field. */
export interface KindRules<Refusal extends FieldRefusal> {
  /** The object with defaults filled in, or everything that is wrong with it. */
  admit(
    request: RuleRequest,
  ): { readonly object: KubeObject; readonly warnings: readonly string[] } | { readonly errors: readonly Refusal[] }
  /** The same object in another version of its group. Throws for one that it cannot convert. */
  convert(object: RuledObject, toApiVersion: string): KubeObject
  /** All that is wrong, in one sentence for a person. */
  explain(object: RuledObject, errors: readonly Refusal[]): string
  /** What is wrong with one field, for a person. */
  explainField(error: Refusal): string
}

/**
 * Serves rules at the paths of webhook configurations: `/mutate` fills in defaults and refuses, `/validate` only refuses
 * (for what other webhooks have changed since), `/convert` converts between versions. The configurations ask for kinds in
 * their stored version with `matchPolicy: Equivalent`.
 */
export function serveKindRules<Refusal extends FieldRefusal>(server: WebhookServer, rules: KindRules<Refusal>): void {
  server.addAdmission('/mutate', admitBy(rules, true))
  server.addAdmission('/validate', admitBy(rules, false))
  server.addConversion('/convert', (object, apiVersion) => rules.convert(object as RuledObject, apiVersion))
}

function admitBy<Refusal extends FieldRefusal>(rules: KindRules<Refusal>, mutates: boolean): Admit {
  return (request) => {
    const asked = ruleRequest(request)
    if (asked === undefined) {
      return { allowed: true }
    }
    const result = rules.admit(asked)
    if ('errors' in result) {
      return {
        allowed: false,
        message: rules.explain(asked.object, result.errors),
        causes: result.errors.map((error) => ({
          reason: `FieldValue${error.type}`,
          message: rules.explainField(error),
          field: error.field,
        })),
      }
    }
    return { allowed: true, warnings: result.warnings, ...(mutates ? { object: result.object } : {}) }
  }
}

/** `undefined` for requests that rules have no say in: `CONNECT`, or a deletion without its object. */
function ruleRequest({ operation, object, oldObject, subResource }: AdmissionRequest): RuleRequest | undefined {
  const subject = operation === 'DELETE' ? (oldObject ?? undefined) : (object ?? undefined)
  if (operation === 'CONNECT' || subject === undefined) {
    return undefined
  }
  return {
    operation,
    object: subject as RuledObject,
    // An API server writes null for what there is not.
    ...(oldObject === undefined || oldObject === null || operation === 'DELETE'
      ? {}
      : { old: oldObject as RuledObject }),
    ...(subResource === undefined || subResource === '' ? {} : { subresource: subResource }),
  }
}
