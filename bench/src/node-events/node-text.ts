/** As AWS names instances. */
export function providerID(index: number): string {
  return `aws:///eu-west-1a/i-${String(index).padStart(17, '0')}`
}

/** What is not as usual about a Node, and matters to its pool. */
export interface NodeState {
  readonly cordoned?: boolean
}

/** A Node of some 5 KB as a watch sends it, marked as its pool's already. `generation` moves heartbeats and the resource version. */
export function nodeText(index: number, perPool: number, generation: number, state: NodeState = {}): string {
  const time = new Date(Date.UTC(2026, 0, 1) + generation * 300_000).toISOString()
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index}`,
      uid: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(generation * 100_000 + index),
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: Object.fromEntries(
        Array.from({ length: 12 }, (_, label) => [`example.com/label-${label}`, `value-${label}-${index % 50}`]),
      ),
      annotations: {
        'cluster.x-k8s.io/cluster-name': 'prod',
        'cluster.x-k8s.io/cluster-namespace': 'default',
        'cluster.x-k8s.io/owner-kind': 'MachinePool',
        'cluster.x-k8s.io/owner-name': `pool-${Math.floor(index / perPool)}`,
        'example.com/padding': 'x'.repeat(600),
      },
    },
    spec: { providerID: providerID(index), ...(state.cordoned && { unschedulable: true }) },
    status: {
      addresses: [{ type: 'InternalIP', address: `10.${index % 250}.${(index >> 8) % 250}.1` }],
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
        type,
        status: type === 'Ready' ? 'True' : 'False',
        reason: 'KubeletIsFine',
        message: 'the kubelet says that everything is in order with this condition',
        lastHeartbeatTime: time,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
      images: Array.from({ length: 20 }, (_, image) => ({
        names: [`registry.example.com/image-${image}@sha256:${'0'.repeat(64)}`],
        sizeBytes: 1,
      })),
      nodeInfo: { kubeletVersion: 'v1.34.0', osImage: 'Linux', bootID: `boot-${index}` },
    },
  })
}
