import type { KubeadmConfigSpec } from '@machinepool/api'
import { isNotFound, secrets, type Client } from '@machinepool/kube'

import { renderFileTemplate, TemplateError, type TemplateData } from './file-template.ts'
import type { MachineFile, MachineUser } from './machine-data.ts'

/** What a file or account is made from is missing or cannot be used; the message names the field. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/** Files and accounts with the content that they take from Secrets of the same namespace; templates are rendered. */
export async function withContent(
  client: Client,
  namespace: string,
  spec: KubeadmConfigSpec,
  templateData: () => Promise<TemplateData>,
  signal: AbortSignal,
): Promise<{ files: MachineFile[]; users: MachineUser[] }> {
  async function read({ name, key }: { name: string; key: string }, path: string): Promise<string> {
    try {
      const secret = await client.get(secrets, { namespace, name }, { signal })
      const value = secret.data?.[key]
      if (value === undefined) throw new ContentError(`${path}: Secret ${name} has no key ${key}`)
      return Buffer.from(value, 'base64').toString('utf8')
    } catch (error) {
      if (isNotFound(error)) throw new ContentError(`${path}: Secret ${name} does not exist`, { cause: error })
      throw error
    }
  }
  let asked: Promise<TemplateData> | undefined
  const data = () => (asked ??= templateData())
  const files = (spec.files ?? []).map(async (file, index) => {
    const { contentFrom, contentFormat, path, owner, permissions, encoding, append } = file
    const given =
      contentFrom === undefined
        ? (file.content ?? '')
        : await read(contentFrom.secret, `spec.files[${index}].contentFrom`)
    const content = contentFormat === 'Template' ? render(given, await data(), `spec.files[${index}]`) : given
    return {
      path,
      ...(owner === undefined ? {} : { owner }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(encoding === undefined ? {} : { encoding }),
      ...(append === undefined ? {} : { append }),
      content,
    }
  })
  const users = (spec.users ?? []).map(async ({ passwdFrom, ...user }, index) => ({
    ...user,
    ...(passwdFrom === undefined ? {} : { passwd: await read(passwdFrom.secret, `spec.users[${index}].passwdFrom`) }),
  }))
  return { files: await Promise.all(files), users: await Promise.all(users) }
}

function render(text: string, data: TemplateData, path: string): string {
  try {
    return renderFileTemplate(text, data)
  } catch (error) {
    if (error instanceof TemplateError) throw new ContentError(`${path}: ${error.message}`, { cause: error })
    throw error
  }
}
