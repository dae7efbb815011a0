import { annotations, isPaused, type Cluster, type KubeadmConfig, type MachinePool } from '@machinepool/api'
import { createPatch, isNotFound, secrets, type Client, type Secret, type Store } from '@machinepool/kube'
import type { Clock, Reconcile, Result, WorkloadClusters } from '@machinepool/runtime'

import { renderBootstrapData } from './bootstrap-data.ts'
import { formatToken, parseToken } from './bootstrap-token.ts'
import { readClusterAccess } from './cluster-access.ts'
import { dataSecret, mayBeTaken, withOwner } from './data-secret.ts'
import { DiscoveryError } from './discovery-error.ts'
import { discoveryKubeconfig } from './discovery-file.ts'
import { readControlPlaneVersion } from './control-plane-version.ts'
import { ensureToken } from './join-tokens.ts'
import { ContentError, withContent } from './file-content.ts'
import { kubeadmApiOf, parseKubernetesVersion, type KubeadmApi } from './kubernetes-version.ts'
import { secretAnnotations } from './names.ts'
import { kubeadmConfigs } from './resources.ts'
import { computeStatus, pausedConditions, type Outcome } from './status.ts'
import { tokenDiscovery } from './token-discovery.ts'
import { unsupportedFields } from './unsupported.ts'

/** How long to wait for a cluster without news of it. */
const clusterRecheckMs = 30_000

export interface ReconcilerParts {
  readonly client: Client
  readonly clock: Clock
  readonly configs: Store<KubeadmConfig>
  readonly clusters: Store<Cluster>
  /** The pool that owns a config; `undefined` while it has none. */
  readonly poolOf: (config: KubeadmConfig) => MachinePool | undefined
  readonly workloadClusters: WorkloadClusters
  readonly tokenTtlMs: number
}

interface Subject {
  readonly config: KubeadmConfig
  readonly pool: MachinePool
  readonly cluster: Cluster
  readonly signal: AbortSignal
}

/** One pass over one KubeadmConfig of a MachinePool: join token, bootstrap data Secret, status. */
export function createReconcile(parts: ReconcilerParts): Reconcile {
  const { client, clock } = parts

  async function writeStatus(config: KubeadmConfig, status: object, signal: AbortSignal): Promise<void> {
    const body = createPatch({ status: config.status ?? {} }, { status })
    if (body === undefined) return
    const { namespace = '', name = '' } = config.metadata
    await client.patch(kubeadmConfigs, { namespace, name }, { type: 'merge', body }, { subresource: 'status', signal })
  }

  return async (request, { signal, log }) => {
    const config = parts.configs.get(request)
    if (config === undefined || config.metadata.deletionTimestamp !== undefined) return undefined
    const pool = parts.poolOf(config)
    // Configs of Machines, and those nobody owns yet, are not ours to write to.
    if (pool === undefined || pool.metadata.deletionTimestamp !== undefined) return undefined
    const cluster = parts.clusters.get({ namespace: request.namespace ?? '', name: pool.spec.clusterName })
    if (isPaused(cluster, config)) {
      const message =
        cluster?.spec?.paused === true
          ? 'Cluster spec.paused is set to true'
          : `KubeadmConfig has the ${annotations.paused} annotation`
      await writeStatus(
        config,
        { ...config.status, conditions: pausedConditions(config, message, clock.now()) },
        signal,
      )
      return undefined
    }
    if (cluster === undefined) {
      const outcome = waiting('WaitingForCluster', `Cluster ${pool.spec.clusterName} does not exist`)
      await writeStatus(config, computeStatus(config, outcome, clock.now()), signal)
      return undefined
    }
    const { outcome, result } = await makeData(parts, { config, pool, cluster, signal })
    if (outcome.state === 'failed' || outcome.state === 'untrusted') log.warn({ state: outcome.state }, outcome.message)
    await writeStatus(config, computeStatus(config, outcome, clock.now()), signal)
    return result
  }
}

interface Made {
  readonly outcome: Outcome
  readonly result: Result | undefined
}

async function makeData(parts: ReconcilerParts, subject: Subject): Promise<Made> {
  const { config, pool, cluster } = subject
  const version = pool.spec.template.spec.version
  const parsed = version === undefined ? undefined : parseKubernetesVersion(version)
  const api = parsed === undefined ? undefined : kubeadmApiOf(parsed)
  if (api === undefined) {
    const message =
      version === undefined
        ? 'spec.template.spec.version of the MachinePool is needed to write a kubeadm configuration'
        : `Kubernetes version ${version} of the MachinePool is not supported; v1.15.0 is the oldest`
    return { outcome: failed('InvalidVersion', message), result: undefined }
  }
  const unsupported = unsupportedFields(config.spec ?? {}, api)
  if (unsupported.length > 0) {
    const message = unsupported.map(({ path, why }) => `${path}: ${why}`).join('; ')
    return { outcome: failed('UnsupportedField', message), result: undefined }
  }
  const key = { namespace: cluster.metadata.namespace ?? '', name: cluster.metadata.name ?? '' }
  const workload = parts.workloadClusters.get(key)
  if (workload === undefined) {
    const problem = parts.workloadClusters.problem(key) ?? 'not connected yet'
    const outcome = hasInfrastructure(cluster)
      ? waiting('WaitingForControlPlaneAvailable', `waiting for the API server of Cluster ${key.name}: ${problem}`)
      : waiting('WaitingForClusterInfrastructure', `waiting for the infrastructure of Cluster ${key.name}`)
    return { outcome, result: { requeueAfterMs: clusterRecheckMs } }
  }
  try {
    return await writeData(parts, subject, workload.client, api)
  } catch (error) {
    const outcome = outcomeOf(error)
    if (outcome === undefined) throw error
    return { outcome, result: { requeueAfterMs: clusterRecheckMs } }
  }
}

/** Undefined for what is no more than an accident of this pass. */
function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof ContentError) return failed('DataSecretGenerationFailed', error.message)
  if (!(error instanceof DiscoveryError)) return undefined
  return error.missing === 'certificateAuthority'
    ? { state: 'untrusted', message: error.message }
    : waiting('WaitingForControlPlaneAvailable', error.message)
}

/** Clusters that somebody else makes have none; nobody waits for it there. */
function hasInfrastructure({ spec, status }: Cluster): boolean {
  return spec?.infrastructureRef === undefined || status?.initialization?.infrastructureProvisioned === true
}

async function writeData(parts: ReconcilerParts, subject: Subject, workload: Client, api: KubeadmApi): Promise<Made> {
  const { client, clock, tokenTtlMs } = parts
  const { config, pool, cluster, signal } = subject
  const spec = config.spec ?? {}
  const name = config.metadata.name ?? ''
  const clusterName = cluster.metadata.name ?? ''
  const existing = await readSecret(client, config, signal)
  if (existing !== undefined && !mayBeTaken(existing, config, clusterName)) {
    const message = `Secret ${name} exists and belongs to somebody else; rename the KubeadmConfig or remove the Secret`
    return { outcome: failed('SecretConflict', message), result: undefined }
  }
  const { files, users } = await withContent(
    client,
    config.metadata.namespace ?? '',
    spec,
    () => readControlPlaneVersion(workload, signal),
    signal,
  )
  const access = await readClusterAccess(client, workload, cluster, signal)
  const file = spec.joinConfiguration?.discovery?.file
  if (file !== undefined) {
    const kubeconfig = discoveryKubeconfig(file, access)
    const allFiles = kubeconfig === undefined ? files : [...files, kubeconfig]
    const data = renderBootstrapData({ spec, api, files: allFiles, users, discovery: { kind: 'file' } })
    await writeSecret(client, existing, dataSecret(config, clusterName, data, undefined), signal)
    return { outcome: { state: 'available', dataSecretName: name }, result: undefined }
  }
  const token = await ensureToken(
    workload,
    {
      currentID: currentTokenID(existing, config),
      allNodesPresent: allNodesPresent(pool),
      ttlMs: tokenTtlMs,
      now: clock.now(),
    },
    signal,
  )
  const discovery = tokenDiscovery(spec.joinConfiguration, access, formatToken(token), clusterName)
  const data = renderBootstrapData({ spec, api, files, users, discovery })
  await writeSecret(client, existing, dataSecret(config, clusterName, data, token.id), signal)
  return { outcome: { state: 'available', dataSecretName: name }, result: { requeueAfterMs: tokenTtlMs / 3 } }
}

/** The token of the present data; for data made by upstream's provider it is in the config itself. */
function currentTokenID(existing: Secret | undefined, config: KubeadmConfig): string | undefined {
  const recorded = existing?.metadata.annotations?.[secretAnnotations.tokenID]
  if (recorded !== undefined) return recorded
  return parseToken(config.spec?.joinConfiguration?.discovery?.bootstrapToken?.token ?? '')?.id
}

export function allNodesPresent({ spec, status }: MachinePool): boolean {
  return (status?.nodeRefs ?? []).length === (spec.replicas ?? 1)
}

async function readSecret(
  client: Client,
  { metadata }: KubeadmConfig,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  try {
    return await client.get(secrets, { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function writeSecret(
  client: Client,
  existing: Secret | undefined,
  wanted: Secret,
  signal: AbortSignal,
): Promise<void> {
  if (existing === undefined) {
    await client.create(secrets, wanted, { signal })
    return
  }
  const { namespace = '', name = '' } = wanted.metadata
  const merged: Secret = {
    ...existing,
    metadata: {
      ...existing.metadata,
      labels: { ...existing.metadata.labels, ...wanted.metadata.labels },
      annotations: { ...existing.metadata.annotations, ...wanted.metadata.annotations },
      ownerReferences: withOwner(existing.metadata.ownerReferences ?? [], wanted.metadata.ownerReferences ?? []),
    },
    data: { ...existing.data, ...wanted.data },
  }
  const body = createPatch(existing, merged)
  if (body !== undefined) await client.patch(secrets, { namespace, name }, { type: 'merge', body }, { signal })
}

function waiting(reason: string, message: string): Outcome {
  return { state: 'waiting', reason, message }
}

function failed(reason: string, message: string): Outcome {
  return { state: 'failed', reason, message }
}
