import { createHash, X509Certificate } from 'node:crypto'

import { clusterSecretName, type Cluster } from '@machinepool/api'
import { configMaps, isNotFound, loadKubeconfig, secrets, type Client, type ConfigMap } from '@machinepool/kube'
import { parse } from 'yaml'

/** Where machines find the API server, and whose certificates they trust, as far as that can be read. */
export interface ClusterAccess {
  /** `host:port` */
  readonly endpoint?: string
  /** PEM. */
  readonly certificateAuthority?: string
  /** False where the API server is known to be served without TLS. */
  readonly tls: boolean
}

/**
 * Reads how machines reach the API server. The endpoint is the Cluster's, else that of the cluster's own `cluster-info`, else
 * the kubeconfig's; the CA is the one in `cluster-info`, which is what kubeadm compares with, else that of the Secret in which
 * control plane providers keep it, else the kubeconfig's.
 */
export async function readClusterAccess(
  management: Client,
  workload: Client,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const [clusterInfo, kept, kubeconfig] = await Promise.all([
    readClusterInfo(workload, signal),
    readSecretText(management, cluster, 'ca', 'tls.crt', signal),
    readKubeconfigSecret(management, cluster, signal),
  ])
  const sources = [clusterInfo, kubeconfig].filter((source) => source !== undefined)
  const { host, port } = cluster.spec?.controlPlaneEndpoint ?? {}
  const named = host === undefined || host === '' ? undefined : joinHostPort(host, port ?? 6443)
  const endpoint = named ?? hostPort(sources[0]?.server)
  const certificateAuthority = clusterInfo?.certificateAuthority ?? kept ?? kubeconfig?.certificateAuthority
  return {
    tls: sources.length === 0 || sources.some((source) => !source.server.startsWith('http://')),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  }
}

interface AccessSource {
  readonly server: string
  readonly certificateAuthority?: string
}

async function readClusterInfo(workload: Client, signal: AbortSignal): Promise<AccessSource | undefined> {
  let clusterInfo: ConfigMap
  try {
    clusterInfo = await workload.get(configMaps, { namespace: 'kube-public', name: 'cluster-info' }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
  const text = clusterInfo.data?.['kubeconfig']
  return text === undefined ? undefined : clusterInfoSource(text)
}

async function readKubeconfigSecret(
  management: Client,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<AccessSource | undefined> {
  const text = await readSecretText(management, cluster, 'kubeconfig', 'value', signal)
  if (text === undefined) return undefined
  const { server, certificateAuthority } = await loadKubeconfig({ text })
  return { server, ...(certificateAuthority === undefined ? {} : { certificateAuthority }) }
}

/** What is under a key of the cluster's Secret for a purpose. */
async function readSecretText(
  management: Client,
  { metadata }: Cluster,
  purpose: 'ca' | 'kubeconfig',
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace = '', name = '' } = metadata
  try {
    const secret = await management.get(secrets, { namespace, name: clusterSecretName(name, purpose) }, { signal })
    const value = secret.data?.[key]
    return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('utf8')
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** `cluster-info` holds a kubeconfig with one nameless cluster and no context. */
function clusterInfoSource(text: string): AccessSource | undefined {
  const document: unknown = parse(text)
  const { clusters = [] } = (document ?? {}) as {
    clusters?: { cluster?: { server?: string; 'certificate-authority-data'?: string } }[]
  }
  const cluster = clusters[0]?.cluster
  if (cluster?.server === undefined) return undefined
  const ca = cluster['certificate-authority-data']
  return {
    server: cluster.server,
    ...(ca === undefined || ca === '' ? {} : { certificateAuthority: Buffer.from(ca, 'base64').toString('utf8') }),
  }
}

/** `sha256:<hex>` of each CA's public key, as kubeadm pins them (RFC 7469). */
export function caCertHashes(pem: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return certificates.map((certificate) => {
    const publicKey = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
    return `sha256:${createHash('sha256').update(publicKey).digest('hex')}`
  })
}

function hostPort(server: string | undefined): string | undefined {
  if (server === undefined || !URL.canParse(server)) return undefined
  const url = new URL(server)
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port)
  return `${url.hostname}:${port}`
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}
