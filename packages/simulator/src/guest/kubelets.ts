import { createReflector, isNotFound, ObjectStore, pods, type Client, type Pod } from '@machinepool/kube'

/** Stands in for the kubelets of one cluster, as far as pods need one: starts those bound to its Nodes, ends deleted ones. */
export interface Kubelets {
  addNode(name: string): void
  removeNode(name: string): void
  close(): void
}

export function createKubelets(client: Client, onError: (error: unknown) => void): Kubelets {
  const nodes = new Set<string>()
  const store = new ObjectStore<Pod>()
  const stop = new AbortController()
  const look = (pod: Pod) => {
    if (nodes.has(pod.spec?.nodeName ?? '')) act(client, pod).catch(onError)
  }
  const reflector = createReflector({
    client,
    resource: pods,
    store,
    onEvent: ({ type, object }) => {
      if (type !== 'deleted') look(object)
    },
    onError,
  })
  reflector.run(stop.signal).catch(onError)
  return {
    addNode(name) {
      nodes.add(name)
      for (const pod of store.list()) if (pod.spec?.nodeName === name) look(pod)
    },
    removeNode: (name) => void nodes.delete(name),
    close: () => stop.abort(),
  }
}

async function act(client: Client, { metadata, spec, status }: Pod) {
  const key = { namespace: metadata.namespace ?? 'default', name: metadata.name! }
  try {
    if (metadata.deletionTimestamp !== undefined) {
      // What a kubelet does last, once the containers have stopped.
      await client.delete(pods, key, {
        gracePeriodSeconds: 0,
        ...(metadata.uid !== undefined && { preconditions: { uid: metadata.uid } }),
      })
    } else if ((status?.phase ?? 'Pending') === 'Pending' && spec?.nodeName) {
      const ready = { type: 'Ready', status: 'True' }
      await client.patch(
        pods,
        key,
        { type: 'merge', body: { status: { phase: 'Running', conditions: [ready] } } },
        { subresource: 'status' },
      )
    }
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
