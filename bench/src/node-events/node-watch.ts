import { ObjectStore, type IndexFunction, type KubeObject, type StoreEvent } from '@machinepool/kube'
import { createNodeSlimmer, isHeartbeat, type Informer, type SlimNode } from '@machinepool/runtime'

/** The Nodes of a workload cluster as a connection keeps them, fed with the text of watch events instead of a socket. */
export class NodeWatch implements Informer<SlimNode> {
  readonly store = new ObjectStore<SlimNode>()
  readonly synced = Promise.resolve()
  readonly hasSynced = true
  readonly #slim = createNodeSlimmer()
  readonly #handlers = new Set<(event: StoreEvent<SlimNode>) => void>()

  constructor() {
    this.store.addIndex('providerID', ({ spec }) => (spec.providerID === undefined ? [] : [spec.providerID]))
  }

  receive(text: string): void {
    const event = this.store.set(this.#slim(JSON.parse(text) as KubeObject), false)
    if (event === undefined) return
    if (event.type === 'updated' && event.old !== undefined && isHeartbeat(event.old, event.object)) return
    for (const handler of this.#handlers) handler(event)
  }

  addIndex(name: string, index: IndexFunction<SlimNode>): void {
    this.store.addIndex(name, index)
  }

  onEvent(handler: (event: StoreEvent<SlimNode>) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }
}
