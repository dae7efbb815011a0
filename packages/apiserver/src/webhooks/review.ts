import { ApiFailure } from '../failure.ts'
import { isObject, textOf, valueAt, type JsonObject } from '../json.ts'
import type { ResourceVersion } from '../kinds/definition.ts'
import type { KubeObject } from '../object.ts'
import type { Target } from '../operations/target.ts'
import type { Webhook, WebhookSort } from './configuration.ts'
import type { AdmissionOperation } from './match.ts'

/** The request of an AdmissionReview, without its uid. */
export interface AdmissionRequest {
  readonly operation: AdmissionOperation
  readonly target: Target
  /** The version in which the webhook sees the objects. */
  readonly version: ResourceVersion
  readonly object: KubeObject | undefined
  readonly old: KubeObject | undefined
  readonly name: string
  readonly options: JsonObject
  readonly dryRun: boolean
  readonly user: { readonly username: string; readonly groups: readonly string[] }
}

/** The `request` of an AdmissionReview, as `admission.k8s.io` defines it. */
export function admissionRequest(request: AdmissionRequest): JsonObject {
  const { target, version } = request
  const { group, kind, plural } = target.kind.definition
  const subresource = target.subresource === '' ? {} : { subResource: target.subresource }
  const own = target.subresource === '' ? {} : { requestSubResource: target.subresource }
  const namespace = target.kind.definition.plural === 'namespaces' && group === '' ? request.name : target.namespace
  return {
    kind: { group, version: version.name, kind },
    resource: { group, version: version.name, resource: plural },
    ...subresource,
    requestKind: { group, version: target.version.name, kind },
    requestResource: { group, version: target.version.name, resource: plural },
    ...own,
    ...(request.name === '' ? {} : { name: request.name }),
    ...(namespace === '' ? {} : { namespace }),
    operation: request.operation,
    userInfo: { username: request.user.username, groups: request.user.groups },
    object: request.object ?? null,
    oldObject: request.old ?? null,
    dryRun: request.dryRun,
    options: request.options,
  }
}

const reviewVersions = ['v1', 'v1beta1']

/**
 * The API version in which a webhook is asked.
 *
 * @throws Error when it knows none that the server knows.
 */
export function reviewVersionOf({ admissionReviewVersions = [] }: Webhook): string {
  const version = admissionReviewVersions.find((name) => reviewVersions.includes(name))
  if (version !== undefined) return `admission.k8s.io/${version}`
  throw new Error(
    'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
  )
}

/** What a webhook decided. */
export interface AdmissionVerdict {
  /** The refusal, or undefined when the write is allowed. */
  readonly refusal: ApiFailure | undefined
  /** JSON patch, empty for no change. */
  readonly patch: readonly unknown[]
  readonly warnings: readonly string[]
}

function invalid(why: string): Error {
  return new Error(`received invalid webhook response: ${why}`)
}

/**
 * Reads the answer to a review.
 *
 * @throws Error when it is none, in the words of kube-apiserver.
 */
export function readVerdict(
  answer: unknown,
  webhook: Webhook,
  sort: WebhookSort,
  apiVersion: string,
  uid: string,
): AdmissionVerdict {
  const response = valueAt(answer, ['response'])
  if (!isObject(response)) throw invalid('webhook response was absent')
  if (apiVersion === 'admission.k8s.io/v1') {
    if (response['uid'] !== uid)
      throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`)
    if (valueAt(answer, ['apiVersion']) !== apiVersion || valueAt(answer, ['kind']) !== 'AdmissionReview') {
      const [got, kind] = ['apiVersion', 'kind'].map((name) => textOf(valueAt(answer, [name])))
      throw invalid(`expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${got || '/'}, Kind=${kind}`)
    }
    checkPatchFields(response, sort)
  }
  const { warnings } = response
  return {
    refusal: response['allowed'] === true ? undefined : refusalOf(webhook.name, response['status']),
    patch: sort === 'mutating' && response['allowed'] === true ? patchOf(response) : [],
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  }
}

function checkPatchFields(response: JsonObject, sort: WebhookSort): void {
  const [patch, type] = [response['patch'] ?? '', response['patchType']]
  if (sort === 'validating') {
    if (patch !== '') throw invalid('validating webhook may not return response.patch')
    if (type !== undefined) throw invalid('validating webhook may not return response.patchType')
    return
  }
  if (patch !== '' && type === undefined) throw invalid('webhook returned response.patch but not response.patchType')
  if (patch === '' && type !== undefined) throw invalid('webhook returned response.patchType but not response.patch')
  if (type !== undefined && type !== 'JSONPatch') throw new Error(`unsupported patch type ${JSON.stringify(type)}`)
}

function patchOf(response: JsonObject): unknown[] {
  const text = response['patch']
  if (typeof text !== 'string' || text === '') return []
  try {
    const patch: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    if (Array.isArray(patch)) return patch
  } catch {
    // Said below.
  }
  throw new Error('received undecodable patch in webhook response: it is no list of operations')
}

function refusalOf(name: string, status: unknown): ApiFailure {
  const text = (field: string) => {
    const value = valueAt(status, [field])
    return typeof value === 'string' ? value : ''
  }
  const by = `admission webhook ${JSON.stringify(name)} denied the request`
  const why = text('message') || text('reason')
  const code = valueAt(status, ['code'])
  const details = valueAt(status, ['details'])
  return new ApiFailure(
    typeof code === 'number' && code >= 400 ? code : 400,
    text('reason'),
    why === '' ? `${by} without explanation` : `${by}: ${why}`,
    isObject(details) ? details : undefined,
  )
}
