import type { Clock } from '@machinepool/kube'

import type { Ids } from '../ids.ts'
import type { Reply } from '../listener.ts'

export type TokenState = 'valid' | 'expired' | 'rejected'

/** Who may call. Any token is good unless something is said about it. */
export interface GcpTokens {
  /** Expires a token, or all given out so far. */
  expire(token?: string): void
  /** Refuses a token from now on; `*` all of them. */
  reject(token: string): void
  /** Takes back what was said about tokens. */
  accept(): void
  /** Answers requests for new tokens with `invalid_grant` while it is true. */
  refuseGrants(refuse: boolean): void
}

export interface TokenStore extends GcpTokens {
  /** How things stand with a token, and whose it is. */
  identify(token: string | undefined): { readonly state: TokenState; readonly account: string }
  /** Answers the OAuth and IAM endpoints that give out tokens; undefined for other paths. */
  answer(verb: string, path: string, body: string): Reply | undefined
}

const lifetime = 3600
const defaultAccount = 'user@example.com'

export function createTokens(clock: Clock, ids: Ids): TokenStore {
  const given = new Map<string, { readonly account: string; readonly until: number }>()
  const expired = new Set<string>()
  const rejected = new Set<string>()
  let refusing = false

  function grant(account: string): string {
    const token = `ya29.${ids.hex(40)}`
    given.set(token, { account, until: clock.now() + lifetime * 1000 })
    return token
  }

  /** https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
  function answerGrant(body: string): Reply {
    if (refusing) {
      return json(400, { error: 'invalid_grant', error_description: 'Invalid grant: account not found' })
    }
    const parameters = readParameters(body)
    const account = accountOf(parameters)
    if (account === undefined) {
      return json(400, {
        error: 'unsupported_grant_type',
        error_description: `Invalid grant_type: ${parameters['grant_type']}`,
      })
    }
    return json(200, {
      access_token: grant(account),
      expires_in: lifetime,
      token_type: 'Bearer',
      ...('subject_token' in parameters && { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    })
  }

  return {
    expire(token) {
      for (const one of token === undefined ? given.keys() : [token]) expired.add(one)
    },
    reject: (token) => void rejected.add(token),
    accept() {
      expired.clear()
      rejected.clear()
      refusing = false
    },
    refuseGrants: (refuse) => void (refusing = refuse),
    identify(token) {
      const known = token === undefined ? undefined : given.get(token)
      const account = known?.account ?? defaultAccount
      if (rejected.has('*') || (token !== undefined && rejected.has(token))) return { state: 'rejected', account }
      const over = known !== undefined && clock.now() >= known.until
      return { state: over || (token !== undefined && expired.has(token)) ? 'expired' : 'valid', account }
    },
    answer(verb, path, body) {
      if (verb === 'POST' && /^\/(?:token|v1\/token|oauth2\/v4\/token)$/.test(path)) return answerGrant(body)
      const impersonated = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(path)?.[1]
      if (verb !== 'POST' || impersonated === undefined) return undefined
      // https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
      const expireTime = new Date(clock.now() + lifetime * 1000).toISOString()
      return json(200, { accessToken: grant(decodeURIComponent(impersonated)), expireTime })
    },
  }
}

function json(status: number, body: object): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

function readParameters(body: string): Record<string, string> {
  if (body.startsWith('{')) return JSON.parse(body) as Record<string, string>
  return Object.fromEntries(new URLSearchParams(body))
}

/** The account a grant speaks for; undefined when it is of an unknown kind. */
function accountOf(parameters: Readonly<Record<string, string>>): string | undefined {
  switch (parameters['grant_type']) {
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return issuerOf(parameters['assertion'] ?? '')
    case 'refresh_token':
    case 'urn:ietf:params:oauth:grant-type:token-exchange':
      return defaultAccount
    default:
      return undefined
  }
}

/** The signature is not looked at: the simulator knows no keys. */
function issuerOf(assertion: string): string {
  try {
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as { iss?: string }
    return claims.iss ?? defaultAccount
  } catch {
    return defaultAccount
  }
}
