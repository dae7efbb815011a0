import { isNotFound, secrets, type Client } from '@machinepool/kube'

import {
  expirationPatch,
  newToken,
  readTokenSecret,
  tokenNamespace,
  tokenSecret,
  tokenSecretName,
  type StoredToken,
} from './bootstrap-token.ts'
import { decideToken } from './token-decision.ts'

export interface EnsureTokenInput {
  /** Id of the token in the present bootstrap data, if there is any. */
  readonly currentID: string | undefined
  readonly allNodesPresent: boolean
  readonly ttlMs: number
  readonly now: number
}

/** Makes sure that a pool has a join token that will be valid when its machines come. */
export async function ensureToken(
  workload: Client,
  input: EnsureTokenInput,
  signal: AbortSignal,
): Promise<StoredToken> {
  const current = input.currentID === undefined ? undefined : await readToken(workload, input.currentID, signal)
  const decision = decideToken({ ...input, token: current })
  if (decision.action === 'replace' || current === undefined) {
    return createToken(workload, input.now + input.ttlMs, signal)
  }
  if (decision.action === 'refresh') {
    const key = { namespace: tokenNamespace, name: tokenSecretName(current.id) }
    await workload.patch(secrets, key, { type: 'merge', body: expirationPatch(decision.expiresAtMs) }, { signal })
    return { ...current, expiresAtMs: decision.expiresAtMs }
  }
  return current
}

async function createToken(workload: Client, expiresAtMs: number, signal: AbortSignal): Promise<StoredToken> {
  const token = newToken()
  await workload.create(secrets, tokenSecret(token, expiresAtMs), { signal })
  return { ...token, expiresAtMs }
}

async function readToken(workload: Client, id: string, signal: AbortSignal): Promise<StoredToken | undefined> {
  try {
    return readTokenSecret(
      await workload.get(secrets, { namespace: tokenNamespace, name: tokenSecretName(id) }, { signal }),
    )
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
