import type { JsonObject, JsonValue } from '@machinepool/contract'
import type { KubeObject, ObjectKey } from '@machinepool/kube'

import { stableJson } from './stable-json.ts'

interface WithStatus extends KubeObject {
  status?: JsonObject
}

/** A merge patch (RFC 7386) of the status. */
export interface StatusBody extends JsonObject {
  status: JsonObject
}

/**
 * Remembers what the server made of the statuses sent to it. A CRD that lacks a field has it dropped without a word
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning), and who
 * compares a wish with the stored object only would send it for ever (R24).
 */
export interface SentStatuses {
  /**
   * The stored status; a field is as it was sent for as long as the object has what the server made of it. Who else writes
   * the object does not matter: only a change of that field says that it has to be sent again.
   */
  standing(object: WithStatus): JsonObject
  /** `written` is the server's answer to `body`. */
  remember(body: StatusBody, written: WithStatus): void
  forget(key: ObjectKey): void
}

interface SentField {
  readonly sent: JsonValue
  readonly stored: JsonValue | undefined
}

interface Entry {
  readonly uid: string | undefined
  /** Only fields that did not come back as they were sent. */
  readonly fields: ReadonlyMap<string, SentField>
}

export function createSentStatuses(): SentStatuses {
  const entries = new Map<string, Entry>()

  function fieldsOf({ metadata }: KubeObject): ReadonlyMap<string, SentField> {
    const entry = entries.get(keyText(metadata))
    return entry !== undefined && entry.uid === metadata.uid ? entry.fields : new Map()
  }

  return {
    standing(object) {
      const status = object.status ?? {}
      const sent = [...fieldsOf(object)].filter(([field, { stored }]) => sameJson(status[field], stored))
      return { ...status, ...Object.fromEntries(sent.map(([field, one]) => [field, one.sent])) }
    },
    remember({ status }, written) {
      const fields = new Map(fieldsOf(written))
      for (const [field, sent = null] of Object.entries(status)) {
        const stored = written.status?.[field]
        if (sameJson(sent, stored)) fields.delete(field)
        else fields.set(field, { sent, stored })
      }
      if (fields.size === 0) entries.delete(keyText(written.metadata))
      else entries.set(keyText(written.metadata), { uid: written.metadata.uid, fields })
    },
    forget(key) {
      entries.delete(keyText(key))
    },
  }
}

/**
 * The patch that makes `stored` into `wanted`, or `undefined` when all of it stands. When anything is sent, what the server
 * dropped before goes along: its CRD may know the field by now.
 */
export function statusDifference(stored: JsonObject, standing: JsonObject, wanted: JsonObject): StatusBody | undefined {
  const differing = (before: JsonObject) =>
    Object.entries(wanted).filter(([field, value]) => !sameJson(before[field], value))
  if (differing(standing).length === 0) return undefined
  return { status: Object.fromEntries(differing(stored).map(([field, value]) => [field, value ?? null])) }
}

function keyText({ namespace = '', name = '' }: { readonly namespace?: string; readonly name?: string }): string {
  return `${namespace}/${name}`
}

function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return stableJson(a ?? null) === stableJson(b ?? null)
}
