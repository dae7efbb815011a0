import {
  Sensitive,
  type Clock,
  type Io,
  type JsonObject,
  type Logger,
  type ObjectReference,
} from '@machinepool/contract'
import { isNotFound, secrets, withDeadline, type Client } from '@machinepool/kube'
import type { ReconcileContext } from '@machinepool/runtime'

import type { ExternalKinds } from '../machine-pool/external-kinds.ts'

/** No single call to a provider takes longer (R17). */
const callMs = 30_000

export interface ProviderIoOptions {
  readonly client: Client
  readonly kinds: ExternalKinds
  readonly clock: Clock
}

/** Runs one call to the provider with its own deadline and everything it may use. */
export async function withProviderIo<T>(
  options: ProviderIoOptions,
  context: { readonly log: ReconcileContext['log']; readonly signal: AbortSignal; readonly maxAgeMs: number },
  call: (io: Io) => Promise<T>,
): Promise<T> {
  const { client, kinds, clock } = options
  const deadline = withDeadline(callMs, context.signal, clock)
  try {
    return await call({
      clock,
      log: providerLogger(context.log),
      signal: deadline.signal,
      maxAgeMs: context.maxAgeMs,
      lookup: (reference) => lookup(client, kinds, reference, deadline.signal),
      secret: (reference) => readSecret(client, reference, deadline.signal),
    })
  } finally {
    deadline.clear()
  }
}

function providerLogger(log: ReconcileContext['log']): Logger {
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
  }
}

async function lookup(
  client: Client,
  kinds: ExternalKinds,
  { apiVersion, kind, namespace, name }: ObjectReference,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const found = await kinds.resolve({ apiGroup: group, kind }, signal)
  const resource = version === undefined ? found : { ...found, version }
  try {
    const object = await client.get(resource, { name, ...(namespace !== undefined && { namespace }) }, { signal })
    // Objects from the API server are JSON by construction.
    return object as unknown as JsonObject
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function readSecret(client: Client, { namespace, name }: ObjectReference, signal: AbortSignal) {
  try {
    const { data = {} } = await client.get(secrets, { name, ...(namespace !== undefined && { namespace }) }, { signal })
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, new Sensitive(Buffer.from(value, 'base64').toString('utf8'))]),
    )
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
