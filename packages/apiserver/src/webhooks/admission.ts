import { randomUUID } from 'node:crypto'

import { ApiFailure } from '../failure.ts'
import { clone, deepEqual, type JsonObject } from '../json.ts'
import type { ResourceVersion } from '../kinds/definition.ts'
import type { KubeObject } from '../object.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { ConditionCompiler } from '../schema/cel-condition.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { adminUser } from '../user.ts'
import type { WebhookClient } from './client.ts'
import { conditionsHold } from './conditions.ts'
import { webhooksOf, type Webhook, type WebhookSort } from './configuration.ts'
import { isExempt, matchedVersion, refuseSideEffects, type AdmissionAttributes } from './match.ts'
import type { Outside } from './outside.ts'
import { admissionRequest, readVerdict, reviewVersionOf, type AdmissionVerdict } from './review.ts'

/** A write that is about to happen. */
export interface Admission extends AdmissionAttributes {
  readonly outside: Outside
  readonly dryRun: boolean
  /** The options of the request, such as CreateOptions. */
  readonly options: JsonObject
  readonly warn: (message: string) => void
}

/** Asks the webhooks that are configured in the store. */
export class AdmissionWebhooks {
  readonly #store: ObjectStore
  readonly #client: WebhookClient
  readonly #conditions = new ConditionCompiler(['object', 'oldObject', 'request'])

  constructor(store: ObjectStore, client: WebhookClient) {
    this.#store = store
    this.#client = client
  }

  /** Whether there are any; most servers have none. */
  any(sort: WebhookSort): boolean {
    return webhooksOf(this.#store, sort).length > 0
  }

  /**
   * The object as the mutating webhooks want it.
   *
   * @param normalise makes an object whole after a patch: defaults, fields that are not known.
   * @throws ApiFailure when one refuses, or cannot be asked and must be.
   */
  mutate(
    admission: Admission & { readonly object: KubeObject },
    normalise: (object: KubeObject) => KubeObject,
  ): KubeObject {
    if (isExempt(admission.target)) return admission.object
    const webhooks = webhooksOf(this.#store, 'mutating')
    let object = admission.object
    const again: { webhook: Webhook; changed: boolean }[] = []
    for (const webhook of webhooks) {
      const next = this.#mutateBy(webhook, { ...admission, object }, normalise)
      if (next === undefined) continue
      if (!deepEqual(next, object)) for (const earlier of again) earlier.changed = true
      object = next
      if (webhook.reinvocationPolicy === 'IfNeeded') again.push({ webhook, changed: false })
    }
    // One more round, for those that may want to see what came after them.
    for (const { webhook, changed } of again) {
      if (changed) object = this.#mutateBy(webhook, { ...admission, object }, normalise) ?? object
    }
    return object
  }

  /**
   * Asks the mutating webhooks about a deletion, of which there is nothing to change.
   *
   * @throws ApiFailure when one refuses, wants a change, or cannot be asked and must be.
   */
  mutateDeletion(admission: Admission): void {
    if (isExempt(admission.target)) return
    for (const webhook of webhooksOf(this.#store, 'mutating')) {
      const question = this.#questionFor(webhook, 'mutating', admission)
      const verdict = question === undefined ? undefined : verdictOf(webhook, question, admission)
      if (verdict?.refusal !== undefined) throw verdict.refusal
      if ((verdict?.patch.length ?? 0) > 0) {
        const name = JSON.stringify(webhook.name)
        throw internal(
          `admission webhook ${name} attempted to modify the object, which is not supported for this operation`,
        )
      }
    }
  }

  /** @throws ApiFailure when a validating webhook refuses, or cannot be asked and must be. */
  validate(admission: Admission): void {
    if (isExempt(admission.target)) return
    const wanted = webhooksOf(this.#store, 'validating').flatMap((webhook) => {
      const question = this.#questionFor(webhook, 'validating', admission)
      return question === undefined ? [] : [{ webhook, question }]
    })
    admission.outside.need(
      wanted.flatMap(({ question }) => (question instanceof ApiFailure ? [] : [[question.key, question.ask] as const])),
    )
    const refusals = wanted.flatMap(({ webhook, question }) => verdictOf(webhook, question, admission)?.refusal ?? [])
    if (refusals[0] !== undefined) throw refusals[0]
  }

  /** Undefined: this one was not asked, or its failure does not matter. */
  #mutateBy(
    webhook: Webhook,
    admission: Admission & { readonly object: KubeObject },
    normalise: (object: KubeObject) => KubeObject,
  ): KubeObject | undefined {
    const question = this.#questionFor(webhook, 'mutating', admission)
    if (question === undefined) return undefined
    const verdict = verdictOf(webhook, question, admission)
    if (verdict === undefined) return undefined
    if (verdict.refusal !== undefined) throw verdict.refusal
    if (verdict.patch.length === 0 || question instanceof ApiFailure) return admission.object
    const { target } = admission
    const patched = applyPatch(question.object, verdict.patch)
    return normalise(
      question.version === target.version
        ? patched
        : clone(target.kind.convert(patched, target.version.name, admission.outside)),
    )
  }

  /** What a webhook is to be asked; undefined when the write is none of its business. */
  #questionFor(webhook: Webhook, sort: WebhookSort, admission: Admission): WebhookQuestion | ApiFailure | undefined {
    const { target, outside, dryRun } = admission
    const version = matchedVersion(webhook, admission, this.#store)
    if (version === undefined) return undefined
    const seen = (object: KubeObject | undefined) =>
      object === undefined || version === target.version ? object : target.kind.convert(object, version.name, outside)
    const object = seen(admission.object)
    const request = admissionRequest({
      ...admission,
      version,
      object,
      old: seen(admission.old),
      name: admission.object === undefined ? target.name : (admission.object.metadata.name ?? ''),
      user: adminUser,
    })
    if (!conditionsHold(this.#conditions, webhook, request, target)) return undefined
    if (dryRun) refuseSideEffects(webhook)
    const { name, clientConfig, timeoutSeconds = 10 } = webhook
    try {
      const apiVersion = reviewVersionOf(webhook)
      return {
        key: JSON.stringify([sort, name, clientConfig, request]),
        version,
        object: object ?? ({} as KubeObject),
        ask: async () => {
          const uid = randomUUID()
          const review = { kind: 'AdmissionReview', apiVersion, request: { uid, ...request } }
          const answer = await this.#client.post(clientConfig, review, timeoutSeconds).catch((error: unknown) => {
            throw new Error(`failed to call webhook: ${messageOf(error)}`, { cause: error })
          })
          return readVerdict(answer, webhook, sort, apiVersion, uid)
        },
      }
    } catch (error) {
      return callFailure(webhook, error)
    }
  }
}

interface WebhookQuestion {
  readonly key: string
  readonly version: ResourceVersion
  /** As the webhook sees it, which is what its patch is for. */
  readonly object: KubeObject
  readonly ask: () => Promise<AdmissionVerdict>
}

/** Undefined: the webhook could not be asked, and need not be. */
function verdictOf(
  webhook: Webhook,
  question: WebhookQuestion | ApiFailure,
  { outside, warn }: Admission,
): AdmissionVerdict | undefined {
  try {
    if (question instanceof ApiFailure) throw question
    const verdict = outside.ask(question.key, question.ask) as AdmissionVerdict
    verdict.warnings.forEach(warn)
    return verdict
  } catch (error) {
    if (error instanceof Error && error.name === 'Waiting') throw error
    if (webhook.failurePolicy === 'Ignore') return undefined
    throw error instanceof ApiFailure ? error : callFailure(webhook, error)
  }
}

function callFailure({ name }: Webhook, error: unknown): ApiFailure {
  return internal(`failed calling webhook ${JSON.stringify(name)}: ${messageOf(error)}`)
}

function internal(message: string): ApiFailure {
  return new ApiFailure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function applyPatch(object: KubeObject, patch: readonly unknown[]): KubeObject {
  try {
    return applyJsonPatch(object, patch) as KubeObject
  } catch (error) {
    throw internal(messageOf(error))
  }
}
