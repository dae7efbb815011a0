import {
  canonicalHash,
  ProviderError,
  type Io,
  type JsonObject,
  type Location,
  type PoolKey,
} from '@machinepool/contract'
import { type LookupCache, at, createLookupCache, textAt } from '@machinepool/provider-kit'

import { namespaceIsAllowed } from './allowed-namespaces.ts'
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from './sdk-types.ts'
import type { AwsEndpoints } from './session.ts'

/** Whom to act as. */
export interface Identity {
  /** Equal for equal credentials; a session is shared by it. Holds no secret. */
  readonly id: string
  /** The AWS account, where it can be told without asking. */
  readonly account?: string
  /** Absent: the SDK's own default chain. */
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
}

export interface Identities {
  /**
   * @throws `Unauthenticated` when the identity or its Secret does not exist; `PermissionDenied` when the namespace of the
   * pool may not use it; `InvalidSpec` when roles refer to each other in a circle
   */
  of(pool: PoolKey, location: Location, io: Io): Promise<Identity>
}

export interface IdentitiesOptions {
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
  readonly endpoints: AwsEndpoints
  /** Where the Secrets of AWSClusterStaticIdentities are. */
  readonly secretNamespace: string
}

const group = 'infrastructure.cluster.x-k8s.io/v1beta2'
/** Changed credentials are used after this long at the latest. */
const ttlMs = 60_000
const negativeTtlMs = 10_000
const maximumChain = 5

/** AWSClusterControllerIdentity, AWSClusterStaticIdentity and AWSClusterRoleIdentity, as credentials. */
export function createIdentities(options: IdentitiesOptions): Identities {
  const own: Identity = {
    id: 'own',
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  }
  let cache: LookupCache<Identity> | undefined

  const resolve = async (
    name: string,
    pool: PoolKey,
    region: string,
    io: Io,
    chain: readonly string[],
  ): Promise<Identity> => {
    if (chain.includes(name) || chain.length >= maximumChain) {
      throw new ProviderError({
        code: 'InvalidSpec',
        reason: 'IdentityChainInvalid',
        message: `Identities refer to each other in a circle or too deeply: ${[...chain, name].join(' -> ')}.`,
      })
    }
    const [kind = '', objectName = ''] = name.split('/')
    const object = await io.lookup?.({ apiVersion: group, kind, name: objectName })
    // Upstream makes the default one by itself, for everybody.
    if (object === undefined && name === 'AWSClusterControllerIdentity/default') return own
    if (object === undefined) throw unauthenticated('IdentityNotFound', `${name} does not exist.`)
    if (!(await namespaceIsAllowed(object, pool.namespace, io))) {
      throw new ProviderError({
        code: 'PermissionDenied',
        reason: 'IdentityNotAllowed',
        message: `${name} does not allow namespace ${pool.namespace}; see its spec.allowedNamespaces.`,
      })
    }
    if (kind === 'AWSClusterStaticIdentity') return staticIdentity(name, object, options.secretNamespace, io)
    if (kind !== 'AWSClusterRoleIdentity') return own
    const source = sourceOf(object)
    const base = source === undefined ? own : await resolve(source, pool, region, io, [...chain, name])
    return roleIdentity(name, object, base, region, options.endpoints)
  }

  return {
    async of(pool, location, io) {
      const { identity, region } = location
      if (identity === undefined || io.lookup === undefined) return own
      cache ??= createLookupCache<Identity>({ clock: io.clock, ttlMs, negativeTtlMs })
      const key = JSON.stringify([identity, pool.namespace, region])
      return cache.get(key, (signal) => resolve(identity, pool, region, { ...io, signal }, []), { signal: io.signal })
    },
  }
}

function sourceOf(object: JsonObject): string | undefined {
  const kind = textAt(object, 'spec', 'sourceIdentityRef', 'kind')
  const name = textAt(object, 'spec', 'sourceIdentityRef', 'name')
  return kind === undefined || name === undefined ? undefined : `${kind}/${name}`
}

async function staticIdentity(name: string, object: JsonObject, namespace: string, io: Io): Promise<Identity> {
  const secretName = textAt(object, 'spec', 'secretRef') ?? ''
  const secret = await io.secret?.({ apiVersion: 'v1', kind: 'Secret', namespace, name: secretName })
  const accessKeyId = secret?.['AccessKeyID']?.reveal()
  const secretAccessKey = secret?.['SecretAccessKey']?.reveal()
  const sessionToken = secret?.['SessionToken']?.reveal()
  if (!accessKeyId || !secretAccessKey) {
    throw unauthenticated(
      'IdentitySecretInvalid',
      `Secret ${namespace}/${secretName} of ${name} does not exist, or lacks AccessKeyID or SecretAccessKey.`,
    )
  }
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  return { id: `${name}/${canonicalHash(credentials).slice(0, 16)}`, credentials }
}

async function roleIdentity(
  name: string,
  object: JsonObject,
  base: Identity,
  region: string,
  endpoints: AwsEndpoints,
): Promise<Identity> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const policyArns = at(object, 'spec', 'policyARNs')
  const duration = at(object, 'spec', 'durationSeconds')
  const params = {
    RoleArn: textAt(object, 'spec', 'roleARN'),
    RoleSessionName: textAt(object, 'spec', 'sessionName') ?? 'machinepool',
    DurationSeconds: typeof duration === 'number' ? duration : undefined,
    Policy: textAt(object, 'spec', 'inlinePolicy'),
    ExternalId: textAt(object, 'spec', 'externalID'),
    PolicyArns: Array.isArray(policyArns)
      ? policyArns.filter((arn) => typeof arn === 'string').map((arn) => ({ arn }))
      : undefined,
  }
  const credentials = fromTemporaryCredentials({
    params,
    ...(base.credentials === undefined ? {} : { masterCredentials: base.credentials }),
    clientConfig: { region, ...(endpoints.sts === undefined ? {} : { endpoint: endpoints.sts }) },
  })
  const facts = JSON.stringify([params, base.id, region])
  const account = /^arn:[^:]+:iam::(\d+):/.exec(params.RoleArn ?? '')?.[1]
  const id = `${name}/${canonicalHash(facts).slice(0, 16)}`
  return { id, credentials, ...(account === undefined ? {} : { account }) }
}

function unauthenticated(reason: string, message: string): ProviderError {
  return new ProviderError({ code: 'Unauthenticated', reason, message })
}
