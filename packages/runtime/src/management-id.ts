import { namespaces, type Client } from '@machinepool/kube'

/**
 * Tells this management cluster from every other one: the UID of its `kube-system` namespace, which lives as long as the
 * cluster. It marks what is made in a cloud; a pool that moves to another management cluster keeps the id recorded on it.
 */
export async function managementIdOf(client: Client): Promise<string> {
  const { metadata } = await client.get(namespaces, { name: 'kube-system' })
  if (metadata.uid === undefined) throw new TypeError('namespace kube-system has no uid')
  return metadata.uid
}
