import type { UnknownObject } from '@machinepool/kube'

/** An infrastructure cluster that nobody reconciles: it only says where machine pools live. */
export interface ExternalInfrastructure {
  readonly apiVersion: string
  readonly kind: string
  readonly spec: Record<string, unknown>
  readonly status: Record<string, unknown>
}

export interface ExternalClusterOptions {
  readonly namespace: string
  readonly name: string
  /** YAML that stands on its own; goes into the Secret. */
  readonly kubeconfig: string
  readonly endpoint: { readonly host: string; readonly port: number }
  readonly infrastructure?: ExternalInfrastructure
  /** RFC 3339, for the conditions. */
  readonly now: string
}

/** Objects in the order in which they are to be written; each with the status to write afterwards. */
export interface ExternalClusterObject {
  readonly object: UnknownObject
  readonly status?: Record<string, unknown>
}

const clusterNameLabel = 'cluster.x-k8s.io/cluster-name'
const managedByAnnotation = 'cluster.x-k8s.io/managed-by'

/**
 * What makes an existing Kubernetes cluster a Cluster that machine pools can belong to: the Cluster, its infrastructure
 * marked as managed externally, and the Secret with its kubeconfig. No controller of Cluster API has to run for it, so
 * the status that such a controller would write is part of it.
 */
export function externalCluster(options: ExternalClusterOptions): ExternalClusterObject[] {
  const { namespace, name, endpoint, infrastructure, now } = options
  const labels = { [clusterNameLabel]: name }
  const metadata = { namespace, name, labels }
  const objects: ExternalClusterObject[] = []
  if (infrastructure) {
    const { apiVersion, kind, spec, status } = infrastructure
    const annotations = { [managedByAnnotation]: 'machinepool-cluster-add' }
    objects.push({
      object: {
        apiVersion,
        kind,
        metadata: { ...metadata, annotations },
        spec: { ...spec, controlPlaneEndpoint: endpoint },
      },
      status,
    })
  }
  objects.push({
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: `${name}-kubeconfig`, labels },
      type: 'cluster.x-k8s.io/secret',
      data: { value: Buffer.from(options.kubeconfig).toString('base64') },
    },
  })
  const ready = (type: string, reason: string) => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: now,
  })
  objects.push({
    object: {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata,
      spec: {
        controlPlaneEndpoint: endpoint,
        ...(infrastructure && {
          infrastructureRef: { apiGroup: infrastructure.apiVersion.split('/')[0], kind: infrastructure.kind, name },
        }),
      },
    },
    status: {
      phase: 'Provisioned',
      initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
      conditions: [
        ready('InfrastructureReady', 'Ready'),
        ready('ControlPlaneInitialized', 'Initialized'),
        ready('ControlPlaneAvailable', 'Available'),
      ],
    },
  })
  return objects
}
