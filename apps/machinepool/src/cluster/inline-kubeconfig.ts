import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { parse, stringify } from 'yaml'

/** The kubeconfig given cannot serve as the connection to a cluster. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

interface NamedEntry {
  name: string
  [section: string]: unknown
}

interface RawKubeconfig {
  apiVersion?: string
  kind?: string
  'current-context'?: string
  clusters?: NamedEntry[]
  contexts?: NamedEntry[]
  users?: NamedEntry[]
}

/** A kubeconfig that stands on its own, and where it leads. */
export interface InlinedKubeconfig {
  /** YAML with one cluster, one context and one user, and no reference to a file. */
  readonly text: string
  readonly endpoint: { readonly host: string; readonly port: number }
  /** The user logs in by running a program, which must exist wherever the Secret is used. */
  readonly execCommand?: string
}

/** Fields that name a file, and the fields that hold the same inline. */
const fileFields = {
  'certificate-authority': 'certificate-authority-data',
  'client-certificate': 'client-certificate-data',
  'client-key': 'client-key-data',
} as const

/**
 * Reduces a kubeconfig to one context and takes the files it names into it, so that it can live in a Secret.
 *
 * @param path for error messages, and the base of relative file names as in kubectl
 * @param context name of the context; absent: the current one
 * @throws {KubeconfigError} saying what is missing
 */
export function inlineKubeconfig(text: string, path: string, context?: string): InlinedKubeconfig {
  const config = parse(text) as RawKubeconfig | null
  if (typeof config !== 'object' || config === null) throw new KubeconfigError(`${path}: not a kubeconfig`)
  const contextName = context ?? config['current-context']
  if (!contextName) throw new KubeconfigError(`${path}: no current-context; name one with --context`)

  const chosen = section(config.contexts, contextName, 'context', path)
  const clusterName = nameIn(chosen['cluster'])
  const userName = nameIn(chosen['user'])
  const cluster = inlineFiles(section(config.clusters, clusterName, 'cluster', path), path)
  const user = inlineFiles(section(config.users, userName, 'user', path), path)
  if (typeof user['tokenFile'] === 'string') {
    user['token'] = readReferenced(user['tokenFile'], path).toString('utf8').trim()
    delete user['tokenFile']
  }

  const server = cluster['server']
  if (typeof server !== 'string' || !URL.canParse(server)) {
    throw new KubeconfigError(`${path}: clusters[${clusterName}].cluster.server is not a URL`)
  }
  const url = new URL(server)
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  const exec = user['exec'] as { command?: string } | undefined
  return {
    text: stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: clusterName, cluster }],
      users: [{ name: userName, user }],
      contexts: [{ name: contextName, context: { cluster: clusterName, user: userName } }],
      'current-context': contextName,
    }),
    endpoint: { host: url.hostname, port },
    ...(exec?.command === undefined ? {} : { execCommand: exec.command }),
  }
}

function nameIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function section(
  entries: readonly NamedEntry[] | undefined,
  name: string,
  kind: 'cluster' | 'context' | 'user',
  path: string,
): Record<string, unknown> {
  const entry = entries?.find((candidate) => candidate.name === name)?.[kind]
  if (typeof entry !== 'object' || entry === null) {
    const known = entries?.map((candidate) => candidate.name).join(', ') || 'none'
    throw new KubeconfigError(`${path}: no ${kind} named ${JSON.stringify(name)}; there is: ${known}`)
  }
  return { ...entry }
}

function inlineFiles(entry: Record<string, unknown>, path: string): Record<string, unknown> {
  for (const [fileField, dataField] of Object.entries(fileFields)) {
    const file = entry[fileField]
    if (typeof file !== 'string') continue
    delete entry[fileField]
    entry[dataField] ??= readReferenced(file, path).toString('base64')
  }
  return entry
}

function readReferenced(file: string, path: string): Buffer {
  const absolute = resolve(dirname(path), file)
  try {
    return readFileSync(absolute)
  } catch (error) {
    throw new KubeconfigError(`${path}: it refers to ${file}, which cannot be read`, { cause: error })
  }
}
