import type { StoredToken } from './bootstrap-token.ts'

export type TokenDecision =
  | { readonly action: 'keep' }
  /** Let the same token live longer. */
  | { readonly action: 'refresh'; readonly expiresAtMs: number }
  /** Make another token and new bootstrap data; the old one expires by itself. */
  | { readonly action: 'replace'; readonly expiresAtMs: number }

export interface TokenDecisionInput {
  /** `undefined`: there was none yet, or it is gone from the workload cluster. */
  readonly token: StoredToken | undefined
  /** Every machine wanted has its Node. */
  readonly allNodesPresent: boolean
  readonly ttlMs: number
  readonly now: number
}

/**
 * What to do about a pool's join token. While machines are still to join, the token in their user data is kept alive; once all
 * are there it is replaced in the second half of its life, so that machines the cloud adds by itself find a valid one and no
 * token is valid for long.
 */
export function decideToken({ token, allNodesPresent, ttlMs, now }: TokenDecisionInput): TokenDecision {
  const expiresAtMs = now + ttlMs
  if (token === undefined) return { action: 'replace', expiresAtMs }
  if (token.expiresAtMs === undefined) return { action: 'keep' }
  const left = token.expiresAtMs - now
  if (allNodesPresent) return left < ttlMs / 2 ? { action: 'replace', expiresAtMs } : { action: 'keep' }
  return left < (ttlMs * 5) / 6 ? { action: 'refresh', expiresAtMs } : { action: 'keep' }
}
