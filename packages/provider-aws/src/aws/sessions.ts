import type { Clock, Io, Location, PoolKey } from '@machinepool/contract'
import { createCallGates, type CallGates } from '@machinepool/provider-kit'

import { createIdentities } from './identities.ts'
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, RequestHandler } from './sdk-types.ts'
import { createSession, type AwsCall, type AwsEndpoints, type AwsSession } from './session.ts'

export interface SessionsOptions {
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
  readonly endpoints: AwsEndpoints
  readonly secretNamespace: string
  readonly requestHandler?: RequestHandler
  readonly deadlineMs: number
  readonly onCall?: (call: AwsCall) => void
}

/** Sessions by identity and region, made when first needed. */
export interface Sessions {
  /** @throws `Unauthenticated` or `PermissionDenied` when the pool may not act as the identity */
  of(key: PoolKey, location: Location, io: Io): Promise<AwsSession>
  close(): void
}

/** AWS's documented buckets allow more; this much is left for everybody else in the account. */
const callsPerSecond = 20
const burst = 100

export function createSessions(options: SessionsOptions): Sessions {
  const sessions = new Map<string, AwsSession>()
  const identities = createIdentities(options)
  /** By identity: told by the ARN of a role, or of a group that was seen before. */
  const accounts = new Map<string, string>()
  let gates: CallGates | undefined

  const gatesOn = (clock: Clock): CallGates => {
    gates ??= createCallGates({ clock, ratePerSecond: callsPerSecond, burst })
    return gates
  }

  return {
    async of(pool, location, io) {
      const identity = await identities.of(pool, location, io)
      const account = location.account ?? identity.account
      if (account !== undefined) accounts.set(identity.id, account)
      const key = JSON.stringify([identity.id, location.region])
      const existing = sessions.get(key)
      if (existing) return existing
      const session = createSession({
        identity: identity.id,
        region: location.region,
        account: () => accounts.get(identity.id) ?? identity.id,
        ...(identity.credentials === undefined ? {} : { credentials: identity.credentials }),
        endpoints: options.endpoints,
        ...(options.requestHandler === undefined ? {} : { requestHandler: options.requestHandler }),
        gates: gatesOn(io.clock),
        deadlineMs: options.deadlineMs,
        clock: io.clock,
        ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
      })
      sessions.set(key, session)
      return session
    },
    close() {
      for (const session of sessions.values()) session.close()
      sessions.clear()
    },
  }
}
