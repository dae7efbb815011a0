import { access, readFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'

import { systemClock, type Clock } from '../clock.ts'
import { KubeconfigError, staticCredential, type ClusterConfig, type CredentialSource } from './config.ts'
import { combineCredentials, fileCredential, tokenFileCredential } from './credentials.ts'
import { isLoopback, proxyFromEnvironment } from './environment-proxy.ts'
import { execCredential } from './exec-plugin.ts'
import { loadInClusterConfig, serviceAccountDirectory } from './in-cluster.ts'
import {
  mergeKubeconfigs,
  parseKubeconfig,
  type ClusterEntry,
  type KubeconfigFile,
  type Located,
  type UserEntry,
} from './schema.ts'

export interface LoadKubeconfigOptions {
  /** A kubeconfig as text, such as the content of a Secret. */
  readonly text?: string
  /** A kubeconfig file. Without `text` and `path`: `KUBECONFIG`, the pod's service account, `~/.kube/config`, in this order. */
  readonly path?: string
  /** Context to use instead of `current-context`. */
  readonly context?: string
  /**
   * Variables of the process: `KUBECONFIG`, `HOME`, `KUBERNETES_SERVICE_*`, `HTTPS_PROXY`, `NO_PROXY`, and what credential plugins
   * need.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /**
   * Whether the kubeconfig may name files and commands of this machine. Default: yes for files, no for `text`, because
   * whoever may write a Secret would otherwise run commands and read files here.
   */
  readonly allowLocalReferences?: boolean
  readonly clock?: Clock
}

/**
 * Finds and reads a kubeconfig.
 *
 * Rejects with `KubeconfigError` when there is none or when it cannot be used; the message names the entry and the field.
 * Credentials are not obtained yet: a failing plugin shows at the first request.
 */
export async function loadKubeconfig(options: LoadKubeconfigOptions = {}): Promise<ClusterConfig> {
  const environment = options.environment ?? {}
  const clock = options.clock ?? systemClock
  const origin = options.text === undefined ? 'kubeconfig' : 'kubeconfig text'
  if (options.text !== undefined) {
    const file = parseKubeconfig(options.text, undefined, origin)
    return select(file, {
      ...options,
      environment,
      clock,
      origin,
      allowLocalReferences: options.allowLocalReferences ?? false,
    })
  }
  const paths = options.path === undefined ? fromEnvironment(environment['KUBECONFIG']) : [options.path]
  if (paths.length === 0) {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
    if (host !== undefined && port !== undefined && (await exists(join(serviceAccountDirectory, 'token')))) {
      const config = await loadInClusterConfig({ host, port, clock })
      const proxyUrl = proxyFromEnvironment(config.server, environment)
      return proxyUrl === undefined ? config : { ...config, proxyUrl }
    }
    const home = environment['HOME'] ?? environment['USERPROFILE']
    if (home === undefined) {
      throw new KubeconfigError('no kubeconfig: give a path, set KUBECONFIG, or run in a pod with a service account')
    }
    paths.push(join(home, '.kube', 'config'))
  }
  const file = await readFiles(paths, options.path !== undefined || paths.length === 1)
  return select(file, {
    ...options,
    environment,
    clock,
    origin,
    allowLocalReferences: options.allowLocalReferences ?? true,
  })
}

function fromEnvironment(value: string | undefined): string[] {
  return (value ?? '').split(delimiter).filter((path) => path !== '')
}

async function readFiles(paths: readonly string[], mustExist: boolean): Promise<KubeconfigFile> {
  const files: KubeconfigFile[] = []
  for (const path of paths) {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      // As with kubectl, members of a KUBECONFIG list may be missing.
      if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') {
        continue
      }
      throw new KubeconfigError(`kubeconfig ${path} cannot be read: ${(error as Error).message}`, { cause: error })
    }
    files.push(parseKubeconfig(text, dirname(resolve(path)), `kubeconfig ${path}`))
  }
  if (files.length === 0) {
    throw new KubeconfigError(`no kubeconfig: none of ${paths.join(', ')} exists`)
  }
  return mergeKubeconfigs(files)
}

interface Selection {
  readonly context?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly allowLocalReferences: boolean
  readonly clock: Clock
  readonly origin: string
}

async function select(file: KubeconfigFile, selection: Selection): Promise<ClusterConfig> {
  const { origin } = selection
  const contextName = selection.context ?? file.currentContext
  if (contextName === undefined) {
    throw new KubeconfigError(`${origin}: current-context is not set and no context was asked for`)
  }
  const context = file.contexts.get(contextName)?.value
  if (context === undefined) {
    throw new KubeconfigError(`${origin}: there is no context "${contextName}"`)
  }
  const cluster = file.clusters.get(context.cluster ?? '')
  if (cluster === undefined) {
    throw new KubeconfigError(
      `${origin}: context "${contextName}" names cluster "${context.cluster ?? ''}", which does not exist`,
    )
  }
  const user = context.user === undefined || context.user === '' ? undefined : file.users.get(context.user)
  if (user === undefined && context.user !== undefined && context.user !== '') {
    throw new KubeconfigError(`${origin}: context "${contextName}" names user "${context.user}", which does not exist`)
  }
  const server = serverOf(cluster.value, `${origin}: cluster "${context.cluster}"`)
  const certificateAuthority = await authorityOf(cluster, selection, `${origin}: cluster "${context.cluster}"`)
  const tlsServerName = cluster.value['tls-server-name']
  const proxyUrl = isSet(cluster.value['proxy-url'])
    ? cluster.value['proxy-url']
    : proxyFromEnvironment(server, selection.environment)
  return {
    server,
    namespace: context.namespace === undefined || context.namespace === '' ? 'default' : context.namespace,
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(cluster.value['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    ...(tlsServerName === undefined || tlsServerName === '' ? {} : { tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    credentials:
      user === undefined || !mayCarrySecrets(server)
        ? staticCredential({})
        : credentialsOf(
            user,
            execCluster(cluster.value, certificateAuthority),
            selection,
            `${origin}: user "${context.user}"`,
          ),
  }
}

function serverOf(cluster: ClusterEntry, place: string): string {
  const server = cluster.server ?? ''
  // A server without a scheme is http, as for client-go.
  const url = URL.parse(server.includes('://') ? server : `http://${server}`)
  if (server === '' || url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new KubeconfigError(`${place}: server must be an http or https URL, not "${server}"`)
  }
  return url.href.replace(/\/$/, '')
}

/** Nothing is told to a server over a network in the clear; client-go is stricter and tells this machine nothing either. */
function mayCarrySecrets(server: string): boolean {
  const { protocol, hostname } = new URL(server)
  return protocol === 'https:' || isLoopback(hostname)
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

/** Where kubeconfigs keep what a credential plugin wants to know about a cluster. */
const execExtension = 'client.authentication.k8s.io/exec'

/** The cluster as it is shown to credential plugins (`spec.cluster` of an ExecCredential): no paths, CA data included. */
function execCluster(cluster: ClusterEntry, certificateAuthority: string | undefined): object {
  const { server, extensions } = cluster
  const config = extensions?.find(({ name }) => name === execExtension)?.extension
  return {
    server,
    ...(isSet(cluster['tls-server-name']) && { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] === true && { 'insecure-skip-tls-verify': true }),
    ...(certificateAuthority !== undefined && {
      'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
    }),
    ...(isSet(cluster['proxy-url']) && { 'proxy-url': cluster['proxy-url'] }),
    ...(cluster['disable-compression'] === true && { 'disable-compression': true }),
    ...(config !== undefined && config !== null && { config }),
  }
}

async function authorityOf(
  { value: cluster, directory }: Located<ClusterEntry>,
  selection: Selection,
  place: string,
): Promise<string | undefined> {
  const inline = cluster['certificate-authority-data']
  if (inline !== undefined && inline !== '') {
    return decode(inline, `${place}: certificate-authority-data`)
  }
  const path = cluster['certificate-authority']
  if (path === undefined || path === '') {
    return undefined
  }
  const file = localPath(path, directory, selection, `${place}: certificate-authority`)
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new KubeconfigError(`${place}: certificate-authority ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  })
}

function credentialsOf(
  { value: user, directory }: Located<UserEntry>,
  cluster: object,
  selection: Selection,
  place: string,
): CredentialSource {
  const sources: CredentialSource[] = []
  const certificate = certificateOf(user, directory, selection, place)
  if (certificate !== undefined) {
    sources.push(certificate)
  }
  // client-go: a token file wins over an inline token, which is good until the file can be read.
  if (user.tokenFile !== undefined && user.tokenFile !== '') {
    const path = localPath(user.tokenFile, directory, selection, `${place}: tokenFile`)
    sources.push(tokenFileCredential(path, selection.clock, user.token === '' ? undefined : user.token))
  } else if (user.token !== undefined && user.token !== '') {
    sources.push(staticCredential({ authorization: `Bearer ${user.token}` }))
  } else if (user.username !== undefined && user.username !== '') {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')
    sources.push(staticCredential({ authorization: `Basic ${pair}` }))
  } else if (user.exec !== undefined) {
    sources.push(plugin(user.exec, cluster, directory, selection, place))
  } else if (user['auth-provider'] !== undefined) {
    throw new KubeconfigError(`${place}: auth-provider was removed from Kubernetes; use exec with a credential plugin`)
  }
  const impersonation = impersonationOf(user, place)
  if (impersonation !== undefined) {
    sources.push(staticCredential({ headers: impersonation }))
  }
  return combineCredentials(sources)
}

function certificateOf(
  user: UserEntry,
  directory: string | undefined,
  selection: Selection,
  place: string,
): CredentialSource | undefined {
  const certificate = material(user, 'client-certificate', directory, selection, place)
  const key = material(user, 'client-key', directory, selection, place)
  if (certificate === undefined && key === undefined) {
    return undefined
  }
  if (certificate === undefined || key === undefined) {
    throw new KubeconfigError(`${place}: client-certificate and client-key must be given together`)
  }
  if (typeof certificate === 'string' && typeof key === 'string') {
    return staticCredential({ clientCertificate: { certificate, key } })
  }
  return fileCredential(
    async () => ({ clientCertificate: { certificate: await readMaterial(certificate), key: await readMaterial(key) } }),
    selection.clock,
  )
}

/** PEM text, or the file that holds it. */
type Material = string | { readonly path: string }

async function readMaterial(source: Material): Promise<string> {
  return typeof source === 'string' ? source : readFile(source.path, 'utf8')
}

function material(
  user: UserEntry,
  field: 'client-certificate' | 'client-key',
  directory: string | undefined,
  selection: Selection,
  place: string,
): Material | undefined {
  const inline = user[`${field}-data`]
  if (inline !== undefined && inline !== '') {
    return decode(inline, `${place}: ${field}-data`)
  }
  const path = user[field]
  return path === undefined || path === ''
    ? undefined
    : { path: localPath(path, directory, selection, `${place}: ${field}`) }
}

function plugin(
  exec: NonNullable<UserEntry['exec']>,
  cluster: object,
  directory: string | undefined,
  selection: Selection,
  place: string,
): CredentialSource {
  if (!selection.allowLocalReferences) {
    throw new KubeconfigError(`${place}: exec is not allowed here; use a token or a client certificate`)
  }
  const command = exec.command ?? ''
  // Only a command with a slash is a path; the rest is looked up in PATH.
  const relative = directory !== undefined && !isAbsolute(command) && command.includes('/')
  return execCredential({
    exec: relative ? { ...exec, command: join(directory, command) } : exec,
    environment: selection.environment,
    cluster,
    clock: selection.clock,
    origin: place,
  })
}

/** Headers of impersonation (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation). */
function impersonationOf(user: UserEntry, place: string): Record<string, string | string[]> | undefined {
  const groups = user['as-groups'] ?? []
  const extra = Object.entries(user['as-user-extra'] ?? {})
  if (!isSet(user.as)) {
    if (groups.length > 0 || extra.length > 0 || isSet(user['as-uid'])) {
      throw new KubeconfigError(`${place}: as-groups, as-uid and as-user-extra need as`)
    }
    return undefined
  }
  return {
    'Impersonate-User': user.as ?? '',
    ...(isSet(user['as-uid']) && { 'Impersonate-Uid': user['as-uid'] }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(extra.map(([key, values]) => [`Impersonate-Extra-${escapeHeaderKey(key)}`, [...values]])),
  }
}

/** What cannot be in a name of a header becomes `%` and two digits, byte by byte. */
function escapeHeaderKey(key: string): string {
  return Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte)
    return /[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

function localPath(path: string, directory: string | undefined, selection: Selection, place: string): string {
  if (!selection.allowLocalReferences) {
    throw new KubeconfigError(
      `${place}: files are not allowed here; put the content into the kubeconfig (the -data fields)`,
    )
  }
  return directory === undefined ? resolve(path) : resolve(directory, path)
}

function decode(base64: string, place: string): string {
  const text = base64.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) {
    throw new KubeconfigError(`${place} is not base64`)
  }
  return Buffer.from(text, 'base64').toString('utf8')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
