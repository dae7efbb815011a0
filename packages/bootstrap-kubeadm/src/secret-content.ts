import type { KubeadmConfigSpec } from '@machinepool/api'
import { isNotFound, secrets, type Client } from '@machinepool/kube'

import type { MachineFile, MachineUser } from './machine-data.ts'

/** A Secret that a file or account is taken from is missing or lacks the key. */
export class SecretContentError extends Error {
  override readonly name = 'SecretContentError'
}

/** Files and accounts with the content that they take from Secrets of the same namespace. */
export async function withSecretContent(
  client: Client,
  namespace: string,
  spec: KubeadmConfigSpec,
  signal: AbortSignal,
): Promise<{ files: MachineFile[]; users: MachineUser[] }> {
  async function read({ name, key }: { name: string; key: string }, path: string): Promise<string> {
    try {
      const secret = await client.get(secrets, { namespace, name }, { signal })
      const value = secret.data?.[key]
      if (value === undefined) throw new SecretContentError(`${path}: Secret ${name} has no key ${key}`)
      return Buffer.from(value, 'base64').toString('utf8')
    } catch (error) {
      if (isNotFound(error)) throw new SecretContentError(`${path}: Secret ${name} does not exist`, { cause: error })
      throw error
    }
  }
  const files = (spec.files ?? []).map(async (file, index) => {
    const { contentFrom, content = '', path, owner, permissions, encoding, append } = file
    return {
      path,
      ...(owner === undefined ? {} : { owner }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(encoding === undefined ? {} : { encoding }),
      ...(append === undefined ? {} : { append }),
      content: contentFrom === undefined ? content : await read(contentFrom.secret, `spec.files[${index}].contentFrom`),
    }
  })
  const users = (spec.users ?? []).map(async ({ passwdFrom, ...user }, index) => ({
    ...user,
    ...(passwdFrom === undefined ? {} : { passwd: await read(passwdFrom.secret, `spec.users[${index}].passwdFrom`) }),
  }))
  return { files: await Promise.all(files), users: await Promise.all(users) }
}
