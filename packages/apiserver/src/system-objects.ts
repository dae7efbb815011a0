interface SystemObject {
  readonly group: string
  readonly plural: string
  readonly object: SeededObject
}

interface SeededObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export const systemNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** What manifests refer to as if it were always there. */
export const systemObjects: readonly SystemObject[] = [
  {
    group: '',
    plural: 'services',
    object: {
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
      },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
    },
  },
  {
    group: 'scheduling.k8s.io',
    plural: 'priorityclasses',
    object: {
      metadata: { name: 'system-cluster-critical' },
      value: 2_000_000_000,
      description: 'For pods without which the cluster does not work.',
    },
  },
  {
    group: 'scheduling.k8s.io',
    plural: 'priorityclasses',
    object: {
      metadata: { name: 'system-node-critical' },
      value: 2_000_001_000,
      description: 'For pods without which their node does not work.',
    },
  },
]
