import { createHash } from 'node:crypto'

import { ProviderError, type Io, type JsonObject, type Location } from '@machinepool/contract'

import type { Authorization } from './project.ts'

/** Whom to act as. */
export interface Identity {
  /** Equal for equal credentials. */
  readonly id: string
  readonly authorization: () => Promise<Authorization>
  /** Has the credentials read anew when they are needed next. */
  readonly renew: () => void
  /** Domain of the API; `googleapis.com` but for sovereign clouds. */
  readonly universeDomain: () => Promise<string>
}

export interface IdentitiesOptions {
  /** The process's own credentials. Absent: application default credentials, which cover workload identity. */
  readonly authorization?: Authorization
  /** Service account to act as, with the credentials above or a cluster's as source. */
  readonly impersonate?: string
}

export interface Identities {
  /** @throws `Unauthenticated` when the pool's credentials cannot be read */
  of(location: Location, io: Io): Promise<Identity>
}

const scopes = ['https://www.googleapis.com/auth/cloud-platform']
/**
 * Each call names its project. Without any here the library looks for one: it starts gcloud, and outside of Google Cloud
 * waits seconds for a metadata server.
 */
const projectId = 'named-by-each-call'
const secretKind = 'Secret/'
/** Upstream's key in the Secret of a GCPCluster's credentialsRef. */
const secretKey = 'credentials'
const publicUniverse = 'googleapis.com'

/** Reference of the Secret with a cluster's credentials, as `Location.identity` holds it. */
export function secretIdentity(namespace: string, name: string): string {
  return `${secretKind}${namespace}/${name}`
}

export function createIdentities(options: IdentitiesOptions): Identities {
  let own: Identity | undefined
  // One entry per Secret: other content replaces it, so that rotated credentials take effect.
  const bySecret = new Map<string, Identity>()

  return {
    async of(location, io) {
      if (location.identity === undefined) {
        own ??= ownIdentity(options)
        return own
      }
      const json = await readSecret(location.identity, io)
      const hash = createHash('sha256').update(json).digest('hex').slice(0, 16)
      const id = `${location.identity}#${hash}`
      const known = bySecret.get(location.identity)
      if (known?.id === id) return known
      const identity = secretCredentials(id, parseCredentials(location.identity, json), options)
      bySecret.set(location.identity, identity)
      return identity
    },
  }
}

function ownIdentity({ authorization, impersonate }: IdentitiesOptions): Identity {
  if (authorization !== undefined) {
    const given = Promise.resolve(authorization)
    return {
      id: 'own',
      authorization: () => given,
      renew: () => {},
      universeDomain: () => Promise.resolve(publicUniverse),
    }
  }
  const auth = once(async () => {
    // Loaded when it is needed first: a library user with credentials of their own never pays for it.
    const { GoogleAuth } = await import('google-auth-library')
    return new GoogleAuth({ scopes, projectId })
  })
  const client = once(async () => impersonated(await (await auth.get()).getClient(), impersonate))
  return {
    id: 'own',
    authorization: client.get,
    renew() {
      auth.forget()
      client.forget()
    },
    universeDomain: async () => (await auth.get()).getUniverseDomain(),
  }
}

function secretCredentials(id: string, json: JsonObject, { impersonate }: IdentitiesOptions): Identity {
  const source = once(async () => {
    const { GoogleAuth } = await import('google-auth-library')
    // `getClient` gives the client of any type of credentials the scopes that it needs.
    return new GoogleAuth({ scopes, projectId, credentials: json as never }).getClient()
  })
  const client = once(async () => impersonated(await source.get(), impersonate))
  return {
    id,
    authorization: client.get,
    renew() {
      source.forget()
      client.forget()
    },
    universeDomain: async () => (await source.get()).universeDomain,
  }
}

async function impersonated(sourceClient: unknown, targetPrincipal: string | undefined): Promise<Authorization> {
  if (targetPrincipal === undefined) return sourceClient as Authorization
  const { Impersonated } = await import('google-auth-library')
  return new Impersonated({ sourceClient: sourceClient as never, targetPrincipal, targetScopes: scopes })
}

async function readSecret(identity: string, io: Io): Promise<string> {
  const [namespace = '', name = ''] = identity.slice(secretKind.length).split('/')
  const entries = await io.secret?.({ apiVersion: 'v1', kind: 'Secret', namespace, name })
  const value = entries?.[secretKey]?.reveal()
  if (value !== undefined && value !== '') return value
  const missing = entries === undefined ? 'does not exist or may not be read' : `has no entry "${secretKey}"`
  throw new ProviderError({
    code: 'Unauthenticated',
    reason: 'CredentialsSecretInvalid',
    field: 'GCPCluster.spec.credentialsRef',
    message: `Secret ${namespace}/${name} with the cluster's credentials ${missing}.`,
  })
}

/** Types of credentials a Secret may hold: what a Google credentials file can be. */
const knownTypes: ReadonlySet<string> = new Set([
  'service_account',
  'authorized_user',
  'external_account',
  'impersonated_service_account',
  'gdch_service_account',
])

function parseCredentials(identity: string, text: string): JsonObject {
  const json = jsonObject(text)
  if (json !== undefined && typeof json['type'] === 'string' && knownTypes.has(json['type'])) return json
  throw new ProviderError({
    code: 'Unauthenticated',
    reason: 'CredentialsSecretInvalid',
    field: 'GCPCluster.spec.credentialsRef',
    message: `${identity} does not hold a Google credentials file: a JSON object with type ${[...knownTypes].join(', ')}.`,
  })
}

function jsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** Loads once; a failed attempt is made again. */
function once<T>(load: () => Promise<T>): { readonly get: () => Promise<T>; readonly forget: () => void } {
  let loading: Promise<T> | undefined
  return {
    get() {
      loading ??= load().catch((error: unknown) => {
        loading = undefined
        throw error
      })
      return loading
    },
    forget: () => void (loading = undefined),
  }
}
