import { nodes, type Client, type Node } from '@machinepool/kube'

/** A kubelet of this version registers, Ready from the start. */
export async function joinNode(
  workload: Client,
  name: string,
  providerID: string,
  change: { readonly version?: string; readonly taints?: { key: string; effect: string }[] } = {},
): Promise<void> {
  const { version = 'v1.33.1', taints } = change
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'example.com/mine': 'kept' } },
    spec: { providerID, ...(taints === undefined ? {} : { taints }) },
  }
  await workload.create(nodes, node)
  const since = '2026-01-01T00:00:00Z'
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: since }]
  const status = { conditions, nodeInfo: { ...systemInfo, kubeletVersion: version } }
  await workload.patch(nodes, { name }, { type: 'merge', body: { status } }, { subresource: 'status' })
}

const systemInfo = {
  architecture: 'amd64',
  bootID: '1',
  containerRuntimeVersion: 'containerd://2.1.0',
  kernelVersion: '6.12.0',
  kubeProxyVersion: '',
  machineID: '1',
  operatingSystem: 'linux',
  osImage: 'Test',
  systemUUID: '1',
}
