import { invalid, type FieldError } from '../failure.ts'
import { isObject, textOf, valueAt, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { adminUser } from '../user.ts'
import { timestamp } from './backend.ts'
import type { Target } from './target.ts'

/**
 * The answer to a review: the body with its status.
 *
 * @throws ApiFailure 422 when it does not say what is to be reviewed.
 */
export function answerReview(target: Target, body: unknown, token: string | undefined, now: number): KubeObject {
  const review: JsonObject = isObject(body) ? body : {}
  const { kind, group } = target.kind.definition
  const errors = accessErrors(kind, review)
  if (errors.length > 0) throw invalid({ group, kind: '' }, '', errors)
  return {
    kind,
    apiVersion: `${group}/${target.version.name}`,
    metadata: metadataOf(kind, target, now),
    ...(kind === 'SelfSubjectReview' ? {} : { spec: review['spec'] ?? {} }),
    status: statusOf(kind, review, token),
  }
}

function metadataOf(kind: string, { namespace }: Target, now: number): KubeObject['metadata'] {
  if (kind === 'SelfSubjectReview') return { creationTimestamp: timestamp(now) }
  return namespace === '' ? {} : { namespace }
}

/** A question about access is about one thing, and about somebody. */
function accessErrors(kind: string, review: JsonObject): FieldError[] {
  if (!kind.endsWith('AccessReview')) return []
  const at = (field: string) => valueAt(review, ['spec', field])
  const errors: FieldError[] = []
  if ((at('resourceAttributes') === undefined) === (at('nonResourceAttributes') === undefined)) {
    const detail =
      at('resourceAttributes') === undefined
        ? 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
        : 'cannot be specified in combination with resourceAttributes'
    const field = at('resourceAttributes') === undefined ? 'spec.resourceAttributes' : 'spec.nonResourceAttributes'
    errors.push({ type: 'FieldValueInvalid', field, value: at('nonResourceAttributes') ?? null, detail })
  }
  const groups = at('groups')
  const nobody = textOf(at('user')) === '' && !(Array.isArray(groups) && groups.length > 0)
  if (kind !== 'SelfSubjectAccessReview' && nobody) {
    const detail = 'at least one of user or group must be specified'
    errors.push({ type: 'FieldValueInvalid', field: 'spec.user', value: '', detail })
  }
  return errors
}

function statusOf(kind: string, review: JsonObject, token: string | undefined): object {
  switch (kind) {
    case 'TokenReview': {
      const valid = token !== undefined && valueAt(review, ['spec', 'token']) === token
      return valid ? { authenticated: true, user: adminUser } : { user: {}, error: 'invalid bearer token' }
    }
    case 'SelfSubjectReview':
      return { userInfo: adminUser }
    case 'SelfSubjectRulesReview':
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      }
    default:
      return { allowed: true }
  }
}
