import { isNotFound, nodes, type Client, type Node } from '@machinepool/kube'

/**
 * Makes the Node unschedulable and writes down for which incarnation, so that only our own cordon is undone. A Node that
 * somebody else cordoned stays theirs.
 */
export async function cordon(
  client: Client,
  node: Node,
  mark: { readonly annotation: string; readonly incarnation: string },
  signal: AbortSignal,
): Promise<void> {
  if (node.spec?.unschedulable === true) return
  await client.patch(
    nodes,
    { name: node.metadata.name ?? '' },
    {
      type: 'merge',
      body: { metadata: { annotations: { [mark.annotation]: mark.incarnation } }, spec: { unschedulable: true } },
    },
    { signal },
  )
}

/** Undoes our own cordon, and nobody else's. A Node that is gone needs none. */
export async function uncordon(
  client: Client,
  name: string,
  mark: { readonly annotation: string; readonly incarnation: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    const node = await client.get(nodes, { name }, { signal })
    if (node.metadata.annotations?.[mark.annotation] !== mark.incarnation) return
    await client.patch(
      nodes,
      { name },
      {
        type: 'merge',
        body: { metadata: { annotations: { [mark.annotation]: null } }, spec: { unschedulable: null } },
      },
      { signal },
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
