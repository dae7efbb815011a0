import { isObject, valueAt, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Target } from './target.ts'

/** Everybody who gets in may do everything: there is one token. */
export const adminUser = { username: 'machinepool-admin', groups: ['system:masters', 'system:authenticated'] }

/** The answer to a review: the body with its status. */
export function answerReview(target: Target, body: unknown, token: string | undefined): KubeObject {
  const review: JsonObject = isObject(body) ? body : {}
  const { kind } = target.kind.definition
  return {
    ...review,
    kind,
    apiVersion: `${target.kind.definition.group}/${target.version.name}`,
    metadata: {},
    status: statusOf(kind, review, token),
  }
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
