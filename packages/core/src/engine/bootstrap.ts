import { createHash } from 'node:crypto'

import type { MachinePool } from '@machinepool/api'
import { Sensitive } from '@machinepool/contract'
import { isNotFound, secrets, type Client, type Secret, type Store } from '@machinepool/kube'

import type { BootstrapState } from './decide/situation.ts'
import { engineAnnotations } from './names.ts'

/**
 * Reads what new instances boot with: key `value` of the Secret that the MachinePool names, and its `format`. An empty
 * name means that the pool needs none.
 */
export async function readBootstrap(
  machinePool: MachinePool | undefined,
  optsIntoRevision: boolean,
  source: { readonly client: Client; readonly store: Pick<Store<Secret>, 'get'>; readonly signal: AbortSignal },
): Promise<BootstrapState> {
  const name = machinePool?.spec.template.spec.bootstrap.dataSecretName
  const namespace = machinePool?.metadata.namespace ?? ''
  if (name === '') return { status: 'none' }
  if (name === undefined) {
    return waiting('WaitingForBootstrapData', 'the MachinePool names no bootstrap data Secret yet')
  }
  const secret = source.store.get({ namespace, name }) ?? (await getSecret(source, namespace, name))
  if (secret === undefined) return waiting('BootstrapSecretMissing', `Secret ${namespace}/${name} does not exist`)
  const value = secret.data?.['value']
  if (value === undefined) return waiting('BootstrapSecretInvalid', `Secret ${namespace}/${name} has no key "value"`)
  const bytes = Buffer.from(value, 'base64')
  const format = Buffer.from(secret.data?.['format'] ?? '', 'base64').toString()
  if (format !== '' && format !== 'cloud-config' && format !== 'ignition') {
    return waiting(
      'BootstrapSecretInvalid',
      `Secret ${namespace}/${name}: format "${format}" is neither cloud-config nor ignition`,
    )
  }
  const revision = optsIntoRevision ? secret.metadata.annotations?.[engineAnnotations.bootstrapRevision] : undefined
  return {
    status: 'ready',
    data: {
      secretName: `${namespace}/${name}`,
      format: format === 'ignition' ? 'ignition' : 'cloud-config',
      data: new Sensitive(bytes.toString('utf8')),
      contentHash: createHash('sha256').update(bytes).digest('hex'),
      ...(revision !== undefined && { revision }),
    },
  }
}

function waiting(reason: string, message: string): BootstrapState {
  return { status: 'waiting', reason, message }
}

/** The cache may be a moment behind a Secret that was just made. */
async function getSecret(
  { client, signal }: { readonly client: Client; readonly signal: AbortSignal },
  namespace: string,
  name: string,
): Promise<Secret | undefined> {
  try {
    return await client.get(secrets, { namespace, name }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
