import { parse } from 'yaml'

import { KubeconfigError } from './config.ts'

/** `clusters[].cluster` of a kubeconfig (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */
export interface ClusterEntry {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
  readonly 'disable-compression'?: boolean
  readonly extensions?: readonly { readonly name?: string; readonly extension?: unknown }[] | null
}

export interface ExecEntry {
  readonly apiVersion?: string
  readonly command?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly provideClusterInfo?: boolean
  readonly interactiveMode?: string
}

export interface UserEntry {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly as?: string
  readonly 'as-uid'?: string
  readonly 'as-groups'?: readonly string[]
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>
  readonly exec?: ExecEntry
  readonly 'auth-provider'?: unknown
}

interface ContextEntry {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

/** An entry with the directory its relative paths start from. */
export interface Located<T> {
  readonly value: T
  readonly directory: string | undefined
}

/** A kubeconfig with its lists turned into maps by name. */
export interface KubeconfigFile {
  readonly currentContext?: string
  readonly clusters: ReadonlyMap<string, Located<ClusterEntry>>
  readonly users: ReadonlyMap<string, Located<UserEntry>>
  readonly contexts: ReadonlyMap<string, Located<ContextEntry>>
}

/**
 * @param text YAML or JSON.
 * @param directory where relative paths in it start; absent when it did not come from a file.
 * @param origin names it in errors.
 */
export function parseKubeconfig(text: string, directory: string | undefined, origin: string): KubeconfigFile {
  let document: unknown
  try {
    document = parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new KubeconfigError(`${origin}: not YAML: ${(error as Error).message}`, { cause: error })
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new KubeconfigError(`${origin}: not a kubeconfig: expected an object with clusters, users and contexts`)
  }
  const fields = document as Record<string, unknown>
  const currentContext = fields['current-context']
  return {
    ...(typeof currentContext === 'string' && currentContext !== '' ? { currentContext } : {}),
    clusters: named<ClusterEntry>(fields['clusters'], 'clusters', 'cluster', directory, origin),
    users: named<UserEntry>(fields['users'], 'users', 'user', directory, origin),
    contexts: named<ContextEntry>(fields['contexts'], 'contexts', 'context', directory, origin),
  }
}

/** Several files read as one, as kubectl does with `KUBECONFIG`: the first file to name something wins. */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): KubeconfigFile {
  const currentContext = files.find((file) => file.currentContext !== undefined)?.currentContext
  const latestFirst = files.toReversed()
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: new Map(latestFirst.flatMap((file) => [...file.clusters])),
    users: new Map(latestFirst.flatMap((file) => [...file.users])),
    contexts: new Map(latestFirst.flatMap((file) => [...file.contexts])),
  }
}

function named<T>(
  list: unknown,
  field: string,
  member: string,
  directory: string | undefined,
  origin: string,
): Map<string, Located<T>> {
  if (list === undefined || list === null) {
    return new Map()
  }
  if (!Array.isArray(list)) {
    throw new KubeconfigError(`${origin}: ${field} must be a list`)
  }
  const entries = list.map((entry: unknown, index): [string, Located<T>] => {
    const { name, [member]: value } = (entry ?? {}) as Record<string, unknown>
    if (typeof name !== 'string') {
      throw new KubeconfigError(`${origin}: ${field}[${index}].name must be a string`)
    }
    if (value !== undefined && value !== null && typeof value !== 'object') {
      throw new KubeconfigError(`${origin}: ${field}[${index}].${member} must be an object`)
    }
    checkFields((value ?? {}) as Record<string, unknown>, `${origin}: ${field} "${name}"`)
    return [name, { value: (value ?? {}) as T, directory }]
  })
  // The first of two entries with one name wins.
  return new Map(entries.toReversed())
}

type Check = readonly [is: (value: unknown) => boolean, wanted: string]

const text: Check = [(value) => typeof value === 'string', 'a string']
const flag: Check = [(value) => typeof value === 'boolean', 'true or false']
const texts: Check = [(value) => Array.isArray(value) && value.every(text[0]), 'a list of strings']
const list: Check = [Array.isArray, 'a list']
const object: Check = [(value) => typeof value === 'object' && !Array.isArray(value), 'an object']
const extra: Check = [
  (value) => object[0](value) && Object.values(value as object).every(texts[0]),
  'an object whose values are lists of strings',
]

/** What the fields of clusters, users, contexts and `exec` take. Fields that are not here are overlooked, as by kubectl. */
const checks: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    [
      'server',
      'certificate-authority',
      'certificate-authority-data',
      'tls-server-name',
      'proxy-url',
      'client-certificate',
      'client-certificate-data',
      'client-key',
      'client-key-data',
      'token',
      'tokenFile',
      'username',
      'password',
      'as',
      'as-uid',
      'cluster',
      'user',
      'namespace',
      'apiVersion',
      'command',
      'installHint',
      'interactiveMode',
    ].map((name) => [name, text]),
  ),
  'insecure-skip-tls-verify': flag,
  'disable-compression': flag,
  provideClusterInfo: flag,
  'as-groups': texts,
  'as-user-extra': extra,
  args: texts,
  env: list,
  extensions: list,
  exec: object,
}

/** A wrong type must not become a strange request. */
function checkFields(entry: Readonly<Record<string, unknown>>, place: string): void {
  for (const [name, value] of Object.entries(entry)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined || value === undefined || value === null) continue
    const [is, wanted] = check
    if (!is(value)) {
      throw new KubeconfigError(`${place}: ${name} must be ${wanted}`)
    }
    if (name === 'exec') checkFields(value as Record<string, unknown>, `${place}: exec`)
  }
}
