import { isObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ClientConfig } from './client-config.ts'

export interface WebhookRule {
  readonly operations?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  readonly resources?: readonly string[]
  readonly scope?: string
}

/** One webhook of a Mutating- or ValidatingWebhookConfiguration. */
export interface Webhook {
  readonly name: string
  readonly clientConfig: ClientConfig
  readonly rules?: readonly WebhookRule[]
  readonly failurePolicy?: string
  readonly matchPolicy?: string
  readonly namespaceSelector?: object
  readonly objectSelector?: object
  readonly sideEffects?: string
  readonly timeoutSeconds?: number
  readonly admissionReviewVersions?: readonly string[]
  readonly reinvocationPolicy?: string
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[]
}

export type WebhookSort = 'mutating' | 'validating'

const tables: Readonly<Record<WebhookSort, string>> = {
  mutating: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  validating: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
}

/** All webhooks of a sort: configurations by name, and in each as they stand there. */
export function webhooksOf(store: ObjectStore, sort: WebhookSort): Webhook[] {
  const found: Webhook[] = []
  for (const { object } of store.all(tables[sort])) found.push(...webhooksIn(object))
  return found
}

function webhooksIn(configuration: KubeObject): Webhook[] {
  const { webhooks } = configuration
  // Checked when it was written.
  return Array.isArray(webhooks) ? (webhooks.filter(isObject) as unknown as Webhook[]) : []
}
