import type { Client, Clock } from '@machinepool/kube'

export type Access = 'allowed' | 'denied' | 'unauthenticated'

/** How long an answer of the API server counts, in milliseconds, as in its own components. */
const answerAgeMs = 60_000
/** Tokens remembered at a time. */
const mostRemembered = 1000

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: unknown
    }
  }
}

/**
 * Asks the API server who the bearer of a token is (TokenReview) and whether he may GET a path that is no resource
 * (SubjectAccessReview): grant `get` on the `nonResourceURLs` `/metrics`. The process needs the right to create both reviews.
 *
 * The returned function throws what the client throws.
 */
export function createDiagnosticsAccess(
  client: Client,
  clock: Clock,
): (token: string | undefined, path: string) => Promise<Access> {
  const known = new Map<string, { readonly access: Access; readonly until: number }>()

  async function ask(token: string, path: string): Promise<Access> {
    const { status } = (await client.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    })) as TokenReview
    if (status?.authenticated !== true) return 'unauthenticated'
    const { username: user, uid, groups, extra } = status.user ?? {}
    const review = (await client.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, uid, groups, extra, nonResourceAttributes: { path, verb: 'get' } },
    })) as { readonly status?: { readonly allowed?: boolean } }
    return review.status?.allowed === true ? 'allowed' : 'denied'
  }

  return async (token, path) => {
    if (token === undefined) return 'unauthenticated'
    const key = `${path} ${token}`
    const before = known.get(key)
    if (before !== undefined && clock.now() < before.until) return before.access
    const access = await ask(token, path)
    if (known.size >= mostRemembered) known.clear()
    known.set(key, { access, until: clock.now() + answerAgeMs })
    return access
  }
}
