import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import { itemsAt, mappedConversion, objectAt, withSteps, type Mapping } from './mapping.ts'
import {
  argumentsMapping,
  conditionMappings,
  dropEmpty,
  durationMapping,
  durationToSeconds,
  flagMapping,
  secondsToDuration,
} from './values.ts'

// Fields that v1beta2 dropped: either without effect, or taken from the Cluster.
const dropped: readonly Mapping[] = [
  'spec.useExperimentalRetryJoin',
  'spec.clusterConfiguration.apiVersion',
  'spec.clusterConfiguration.kind',
  'spec.clusterConfiguration.clusterName',
  'spec.clusterConfiguration.kubernetesVersion',
  'spec.clusterConfiguration.networking',
  'spec.initConfiguration.apiVersion',
  'spec.initConfiguration.kind',
  'spec.joinConfiguration.apiVersion',
  'spec.joinConfiguration.kind',
].map((spoke) => ({ spoke }))

const extraArgs = [
  'spec.clusterConfiguration.apiServer.extraArgs',
  'spec.clusterConfiguration.controllerManager.extraArgs',
  'spec.clusterConfiguration.scheduler.extraArgs',
  'spec.clusterConfiguration.etcd.local.extraArgs',
  'spec.initConfiguration.nodeRegistration.kubeletExtraArgs',
  'spec.joinConfiguration.nodeRegistration.kubeletExtraArgs',
].map(argumentsMapping)

/** KubeadmConfig v1beta1 <-> v1beta2. */
export const kubeadmConfigConversion = withSteps(
  mappedConversion([
    ...dropped,
    ...extraArgs,
    durationMapping(
      'spec.clusterConfiguration.apiServer.timeoutForControlPlane',
      'spec.initConfiguration.timeouts.controlPlaneComponentHealthCheckSeconds',
    ),
    durationMapping('spec.joinConfiguration.discovery.timeout', 'spec.joinConfiguration.timeouts.tlsBootstrapSeconds'),
    ...conditionMappings,
    flagMapping('status.ready', 'status.initialization.dataSecretCreated'),
  ]),
  {
    up(body) {
      copyControlPlaneTimeout(body)
      for (const token of itemsAt(body, 'spec.initConfiguration.bootstrapTokens')) {
        const path = 'spec.initConfiguration.bootstrapTokens.ttl'
        rename(token, 'ttl', 'ttlSeconds', (value) => durationToSeconds(value, path))
      }
      for (const partition of itemsAt(body, 'spec.diskSetup.partitions')) {
        // v1beta2 allows only one of the two, and v1beta1 always has layout.
        if (partition['diskLayout'] !== undefined) delete partition['layout']
      }
      const spec = objectAt(body, 'spec')
      if (spec !== undefined) {
        const mounts = spec['mounts']
        if (Array.isArray(mounts)) spec['mounts'] = mounts.filter((mount) => !Array.isArray(mount) || mount.length > 0)
        prune(spec)
      }
      dropEmpty(objectAt(body, 'status'), 'v1beta2')
      dropEmpty(body, 'spec', 'status')
    },
    down(body) {
      for (const token of itemsAt(body, 'spec.initConfiguration.bootstrapTokens')) {
        rename(token, 'ttlSeconds', 'ttl', secondsToDuration)
      }
      for (const partition of itemsAt(body, 'spec.diskSetup.partitions')) partition['layout'] ??= false
      // Only v1beta2 can say these; they come back from the annotation.
      for (const name of ['initConfiguration', 'joinConfiguration']) {
        const configuration = objectAt(body, `spec.${name}`)
        delete configuration?.['timeouts']
      }
    },
  },
)

/** v1beta1 had one for the whole cluster, in v1beta2 each way to become a control plane has its own. */
function copyControlPlaneTimeout(body: JsonObject): void {
  const field = 'controlPlaneComponentHealthCheckSeconds'
  const seconds = objectAt(body, 'spec.initConfiguration.timeouts')?.[field]
  const spec = objectAt(body, 'spec')
  if (seconds === undefined || spec === undefined) return
  const join = objectAt(spec, 'joinConfiguration') ?? {}
  spec['joinConfiguration'] = { ...join, timeouts: { ...objectAt(join, 'timeouts'), [field]: seconds } }
}

function rename(object: JsonObject, from: string, to: string, change: (value: unknown) => unknown): void {
  if (object[from] === undefined) return
  object[to] = change(object[from])
  delete object[from]
}

/** Empty has a meaning of its own (no taints at all, a control plane node), or leaving it out would break another rule. */
const kept = new Set([
  'taints',
  'controlPlane',
  'servers',
  'partitions',
  'filesystems',
  'sshAuthorizedKeys',
  'endpoints',
  'user',
])

/** v1beta2 refuses empty objects and lists nearly everywhere. */
function prune(object: JsonObject): void {
  for (const [field, value] of Object.entries(object)) {
    if (isJsonObject(value)) prune(value)
    if (Array.isArray(value)) value.filter(isJsonObject).forEach(prune)
    if (!kept.has(field)) dropEmpty(object, field)
  }
}
