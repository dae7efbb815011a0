import type { Clock } from '@machinepool/kube'
import type { Ids } from '../ids.ts'

export interface Identity {
  readonly accessKeyId: string
  readonly account: string
  readonly arn: string
  readonly userId: string
  /** Milliseconds since the epoch; absent for keys that don't expire. */
  readonly expires?: number
}

export type CredentialState = 'valid' | 'expired' | 'invalid' | 'denied'

/** Which access keys work. An unknown key is accepted as a user of the default account. */
export interface Credentials {
  /** Makes calls with this key fail with the service's error for that state, or work again. */
  set(accessKeyId: string, state: CredentialState): void
  /** Assigns a key to an account and principal. */
  add(accessKeyId: string, identity: { account: string; arn: string }): void
}

export interface CredentialStore extends Credentials {
  identify(accessKeyId: string): { identity: Identity; state: CredentialState }
  /** Temporary keys for an assumed role. */
  assume(roleArn: string, session: string, seconds: number): Identity & { secret: string; token: string }
}

export function createCredentials(clock: Clock, ids: Ids, defaultAccount: string): CredentialStore {
  const identities = new Map<string, Identity>()
  const states = new Map<string, CredentialState>()

  function identityOf(accessKeyId: string): Identity {
    return (
      identities.get(accessKeyId) ?? {
        accessKeyId,
        account: defaultAccount,
        arn: `arn:aws:iam::${defaultAccount}:user/simulated`,
        userId: 'AIDASIMULATEDUSER0000',
      }
    )
  }

  return {
    set: (accessKeyId, state) => void states.set(accessKeyId, state),
    add(accessKeyId, { account, arn }) {
      identities.set(accessKeyId, { accessKeyId, account, arn, userId: `AIDA${ids.hex(17).toUpperCase()}` })
    },
    identify(accessKeyId) {
      const identity = identityOf(accessKeyId)
      const set = states.get(accessKeyId)
      const expired = identity.expires !== undefined && identity.expires <= clock.now()
      return { identity, state: set ?? (expired ? 'expired' : 'valid') }
    },
    assume(roleArn, session, seconds) {
      const [, , , , account = defaultAccount, resource = ''] = roleArn.split(':')
      const role = resource.split('/').at(-1) ?? ''
      const accessKeyId = `ASIA${ids.hex(16).toUpperCase()}`
      const identity = {
        accessKeyId,
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
        userId: `AROA${ids.hex(17).toUpperCase()}:${session}`,
        expires: clock.now() + seconds * 1000,
      }
      identities.set(accessKeyId, identity)
      return { ...identity, secret: ids.hex(40), token: ids.hex(64) }
    },
  }
}
