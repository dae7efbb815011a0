import type { Io, Location, PoolKey } from '@machinepool/contract'

import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from './sdk-types.ts'

/** Whom to act as. */
export interface Identity {
  /** Equal for equal credentials. */
  readonly id: string
  /** Absent: the SDK's own default chain. */
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
}

export interface Identities {
  of(pool: PoolKey, location: Location, io: Io): Promise<Identity>
}

export interface IdentitiesOptions {
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
}

/** The process's own credentials, for pools whose cluster names no identity. */
export function createIdentities(options: IdentitiesOptions): Identities {
  const own: Identity = {
    id: 'own',
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  }
  return { of: () => Promise.resolve(own) }
}
