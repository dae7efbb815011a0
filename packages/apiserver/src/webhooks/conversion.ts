import { randomUUID } from 'node:crypto'

import { ApiFailure } from '../failure.ts'
import { clone, isObject, textOf, valueAt } from '../json.ts'
import type { KubeObject, ObjectMeta } from '../object.ts'
import type { ClientConfig } from './client-config.ts'
import type { WebhookClient } from './client.ts'

/** The conversion webhook of a CustomResourceDefinition. */
export interface ConversionWebhook {
  readonly clientConfig: ClientConfig
  readonly reviewVersions: readonly string[]
}

/** As kube-apiserver's. Seconds. */
const patience = 30
/** Objects a review may have, so that its answer stays within the limit of an answer. */
const mostObjects = 100

/**
 * Objects in another version of their kind, in the same order.
 *
 * @throws ApiFailure 500 when the webhook cannot be asked or answers with something else.
 */
export async function convertByWebhook(
  client: WebhookClient,
  { clientConfig, reviewVersions }: ConversionWebhook,
  objects: readonly KubeObject[],
  apiVersion: string,
): Promise<KubeObject[]> {
  const converted: KubeObject[] = []
  for (let start = 0; start < objects.length; start += mostObjects) {
    const batch = objects.slice(start, start + mostObjects)
    const kind = kindOf(batch[0])
    try {
      const review = reviewVersionOf(reviewVersions)
      const uid = randomUUID()
      const request = { uid, desiredAPIVersion: apiVersion, objects: batch }
      const answer = await client.post(
        clientConfig,
        { kind: 'ConversionReview', apiVersion: review, request },
        patience,
      )
      converted.push(...readConversion(answer, { review, uid, objects: batch, apiVersion }))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const verb = error instanceof InvalidConversion ? 'returned' : 'failed:'
      throw new ApiFailure(500, '', `conversion webhook for ${kind} ${verb} ${why}`)
    }
  }
  return converted
}

function kindOf(object: KubeObject | undefined): string {
  return `${object?.apiVersion ?? ''}, Kind=${object?.kind ?? ''}`
}

function reviewVersionOf(versions: readonly string[]): string {
  const version = versions.find((name) => name === 'v1' || name === 'v1beta1')
  if (version === undefined) throw new Error('no supported conversion review versions')
  return `apiextensions.k8s.io/${version}`
}

/** The webhook answered, but not with what it was asked for. */
class InvalidConversion extends Error {
  override readonly name = 'InvalidConversion'
}

interface Asked {
  readonly review: string
  readonly uid: string
  readonly objects: readonly KubeObject[]
  readonly apiVersion: string
}

/** The objects in the answer to a ConversionReview. */
export function readConversion(answer: unknown, { review, uid, objects, apiVersion }: Asked): KubeObject[] {
  const response = valueAt(answer, ['response'])
  if (!isObject(response)) throw new Error('no response provided')
  if (review === 'apiextensions.k8s.io/v1' && response['uid'] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`)
  const status = valueAt(response, ['result', 'status'])
  if (status !== 'Success') {
    const message = valueAt(response, ['result', 'message'])
    throw new Error(
      typeof message === 'string' && message !== ''
        ? message
        : `response.result.status was '${typeof status === 'string' ? status : ''}', not 'Success'`,
    )
  }
  const found = response['convertedObjects']
  const list = Array.isArray(found) ? found : []
  if (list.length !== objects.length) throw new InvalidConversion(`${list.length} objects, expected ${objects.length}`)
  return objects.map((original, index) => checked(original, list[index], apiVersion))
}

/** What identifies an object and who owns which field stay; labels and annotations may be converted. */
function checked(original: KubeObject, converted: unknown, apiVersion: string): KubeObject {
  const invalid = (why: string) => new InvalidConversion(`invalid object at index 0: ${why}`)
  if (!isObject(converted)) throw invalid('it is no object')
  if (converted['apiVersion'] !== apiVersion)
    throw invalid(`invalid groupVersion (expected ${apiVersion}, received ${String(converted['apiVersion'])})`)
  if (converted['kind'] !== original.kind)
    throw invalid(`invalid kind (expected ${original.kind}, received ${String(converted['kind'])})`)
  const metadata = converted['metadata']
  if (!isObject(metadata)) throw new InvalidConversion('invalid metadata: missing metadata in converted object')
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const [was, is] = [original.metadata[field] ?? '', metadata[field] ?? '']
    if (was !== is)
      throw new InvalidConversion(
        `invalid object: must have the same ${field === 'uid' ? 'UID' : field}: ${was} != ${textOf(is)}`,
      )
  }
  return { ...converted, apiVersion, kind: original.kind, metadata: mergedMetadata(original.metadata, metadata) }
}

function mergedMetadata(original: ObjectMeta, converted: ObjectMeta): ObjectMeta {
  const merged = clone(original)
  for (const field of ['labels', 'annotations'] as const) {
    const value = converted[field]
    if (isObject(value)) merged[field] = value
    else delete merged[field]
  }
  return merged
}
