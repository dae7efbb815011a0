import { resourcePath, type Client, type Resource } from '@machinepool/kube'

/** What an API server prints for `kubectl get`. */
export interface ServerTable {
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority?: number }[]
  readonly rows: readonly {
    readonly cells: readonly unknown[]
    readonly object: { readonly metadata: { readonly name?: string; readonly namespace?: string } }
  }[]
}

export interface TableRequest {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined
  /** Absent: all objects. */
  readonly name?: string | undefined
  readonly labelSelector?: string | undefined
}

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** Lets the server choose and fill the columns, as kubectl does. */
export async function fetchTable(client: Client, resource: Resource, request: TableRequest): Promise<ServerTable> {
  const { name, namespace, labelSelector } = request
  const path = resourcePath(resource, { namespace, ...(name !== undefined && { name }) })
  const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`
  return (await client.request('GET', `${path}${query}`, undefined, { accept: tableType })) as ServerTable
}
