import { isDeepStrictEqual } from 'node:util'

import type { KubeObject, Status } from '@machinepool/kube'

/** What an API server asks about one write (admission.k8s.io/v1 AdmissionRequest), as far as it is used. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly namespace?: string
  readonly name?: string
  readonly subResource?: string
  readonly dryRun?: boolean
  /** Absent or null for DELETE. */
  readonly object?: KubeObject | null
  /** Absent or null for CREATE. */
  readonly oldObject?: KubeObject | null
}

export interface AdmissionDecision {
  readonly allowed: boolean
  /** For the person who is refused: the field and what would be right. */
  readonly message?: string
  /** Machine-readable details of a refusal. */
  readonly causes?: NonNullable<Status['details']>['causes']
  /** Shown by clients, allowed or not. */
  readonly warnings?: readonly string[]
  /** The object with defaults filled in; only for mutating webhooks. */
  readonly object?: KubeObject
}

export type Admit = (request: AdmissionRequest) => AdmissionDecision | Promise<AdmissionDecision>

/** The same object in another version of its group. Throws for one that it cannot convert. */
export type Convert = (object: KubeObject, desiredAPIVersion: string) => KubeObject

/** A body that is no review; answered with 400. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
}

interface ConversionRequest {
  readonly uid: string
  readonly desiredAPIVersion: string
  readonly objects: readonly KubeObject[]
}

interface Review {
  readonly apiVersion?: string
  readonly kind?: string
  readonly request?: unknown
}

/** Answers an AdmissionReview (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/). */
export async function answerAdmissionReview(body: unknown, admit: Admit): Promise<object> {
  const request = requestOf(body, 'AdmissionReview', 'admission.k8s.io/v1') as AdmissionRequest
  const { allowed, message, causes, warnings, object } = await admit(request)
  const patch =
    object === undefined || request.object === undefined || request.object === null
      ? []
      : fieldPatch(request.object, object)
  const status = {
    code: allowed ? 200 : 422,
    ...(message === undefined ? {} : { message }),
    ...(allowed ? {} : { reason: 'Invalid' }),
    ...(causes === undefined ? {} : { details: { causes } }),
  }
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed,
      status,
      ...(warnings === undefined || warnings.length === 0 ? {} : { warnings }),
      ...(patch.length === 0
        ? {}
        : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    },
  }
}

/** Answers a ConversionReview: all objects or a failure that names the first one that could not be converted. */
export function answerConversionReview(body: unknown, convert: Convert): object {
  const request = requestOf(body, 'ConversionReview', 'apiextensions.k8s.io/v1') as ConversionRequest
  const { uid, desiredAPIVersion, objects } = request
  const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' }
  try {
    const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion))
    return { ...review, response: { uid, result: { status: 'Success' }, convertedObjects } }
  } catch (error) {
    const result = { status: 'Failure', message: (error as Error).message }
    return { ...review, response: { uid, result, convertedObjects: [] } }
  }
}

function requestOf(body: unknown, kind: string, apiVersion: string): { readonly uid: string } {
  const review = (body ?? {}) as Review
  const request = review.request as { readonly uid?: string } | undefined
  const uid = request?.uid
  if (review.kind !== kind || review.apiVersion !== apiVersion || typeof uid !== 'string') {
    throw new ReviewError(`expected ${kind} ${apiVersion} with a request`)
  }
  return { ...request, uid }
}

/** RFC 6902, one operation per top-level field that differs: `add` also replaces. */
function fieldPatch(before: object, after: object): object[] {
  const old = new Map<string, unknown>(Object.entries(before))
  const wanted = new Map<string, unknown>(Object.entries(after))
  const changed = [...wanted].filter(
    ([field, value]) => value !== undefined && !isDeepStrictEqual(old.get(field), value),
  )
  const removed = [...old.keys()].filter((field) => wanted.get(field) === undefined)
  return [
    ...changed.map(([field, value]) => ({ op: 'add', path: pointer(field), value })),
    ...removed.map((field) => ({ op: 'remove', path: pointer(field) })),
  ]
}

function pointer(field: string): string {
  return `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
