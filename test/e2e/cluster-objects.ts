import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { secrets, type Client, type Resource, type UnknownObject } from '@machinepool/kube'

const namespace = 'default'
const group = 'infrastructure.cluster.x-k8s.io'

/** The infrastructure of a cluster, and what its provider would say of it. */
export interface Infrastructure {
  readonly kind: string
  readonly version: string
  readonly spec: Record<string, unknown>
  readonly status: Record<string, unknown>
}

export const awsInfrastructure: Infrastructure = {
  kind: 'AWSCluster',
  version: 'v1beta2',
  spec: {
    region: 'us-east-1',
    network: {
      vpc: { id: 'vpc-123' },
      subnets: [{ id: 'subnet-123', resourceID: 'subnet-123', availabilityZone: 'us-east-1a' }],
    },
  },
  status: { ready: true, networkStatus: { securityGroups: { node: { id: 'sg-node', name: 'sg-node' } } } },
}

export const gcpInfrastructure: Infrastructure = {
  kind: 'GCPCluster',
  version: 'v1beta1',
  spec: { project: 'simulated-project', region: 'us-central1', network: { name: 'default' } },
  status: { ready: true, failureDomains: { 'us-central1-a': {} } },
}

export const clusterResource: Resource = {
  group: 'cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'Cluster',
  plural: 'clusters',
  namespaced: true,
}

export function infraResource({ kind, version }: Pick<Infrastructure, 'kind' | 'version'>): Resource {
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: true }
}

/** A cluster that exists, as the controllers of clusters and of their infrastructure leave it. */
export async function createCluster(
  client: Client,
  name: string,
  infrastructure: Infrastructure,
  kubeconfig: string,
): Promise<void> {
  const { kind, version, spec } = infrastructure
  const metadata = { namespace, name, labels: { 'cluster.x-k8s.io/cluster-name': name } }
  const controlPlaneEndpoint = { host: '10.0.0.1', port: 6443 }
  const { uid = '' } = (
    await client.create(clusterResource, {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata,
      spec: { controlPlaneEndpoint, infrastructureRef: { apiGroup: group, kind, name } },
    })
  ).metadata
  const owner = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', name, uid }
  await client.create(infraResource(infrastructure), {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { ...metadata, ownerReferences: [owner] },
    spec: { ...spec, controlPlaneEndpoint },
  })
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...metadata, name: `${name}-kubeconfig` },
    type: 'cluster.x-k8s.io/secret',
    data: { value: Buffer.from(kubeconfig).toString('base64') },
  })
  await reportCluster(client, name, infrastructure)
}

/** What the controllers of clusters and of their infrastructure say of one that exists. */
export async function reportCluster(client: Client, name: string, infrastructure: Infrastructure): Promise<void> {
  const report = (resource: Resource, status: object) =>
    client.patch(resource, { namespace, name }, { type: 'merge', body: { status } }, { subresource: 'status' })
  await report(infraResource(infrastructure), infrastructure.status)
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  const conditions = ['InfrastructureReady', 'ControlPlaneInitialized', 'ControlPlaneAvailable'].map((type) => ({
    type,
    status: 'True',
    reason: 'Ready',
    message: '',
    lastTransitionTime,
  }))
  await report(clusterResource, {
    phase: 'Provisioned',
    initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
    conditions,
  })
}

export interface PoolDescription {
  readonly name: string
  readonly kind: string
  readonly version: string
  readonly replicas: number
  readonly spec: Record<string, unknown>
}

/** A MachinePool with a KubeadmConfig, in the cluster of its own name. */
export async function createPool(client: Client, pool: PoolDescription): Promise<void> {
  const { name, kind, version, replicas, spec } = pool
  const metadata = { namespace, name }
  await client.create(resourceOf(machinePoolKind), {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata,
    spec: {
      clusterName: name,
      replicas,
      template: {
        spec: {
          clusterName: name,
          version: 'v1.34.1',
          bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name } },
          infrastructureRef: { apiGroup: group, kind, name },
        },
      },
    },
  } as MachinePool)
  await client.create(infraResource(pool), { apiVersion: `${group}/${version}`, kind, metadata, spec })
  const kubeadmConfigs = { group: 'bootstrap.cluster.x-k8s.io', version: 'v1beta2', kind: 'KubeadmConfig' }
  await client.create<UnknownObject>(
    { ...kubeadmConfigs, plural: 'kubeadmconfigs', namespaced: true },
    {
      apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
      kind: 'KubeadmConfig',
      metadata,
      spec: { joinConfiguration: { nodeRegistration: { name: '{{ ds.meta_data.local_hostname }}' } } },
    },
  )
}
