import type { NodeReference } from './objects.ts'

/** etcd refuses requests of 1.5 MiB by default; the rest of a MachinePool and the request around it need some of that. */
const mostBytes = 1_400_000
/** Pools below this never come near the limit: even ids of 512 bytes leave room for references. */
const smallPool = 1_500
const bytesAroundReference = 62

/** Bytes of JSON that a pool's list of instances and its references to Nodes take. */
export function listBytes(ids: readonly string[], refs: readonly NodeReference[]): number {
  let bytes = 0
  for (const id of ids) bytes += id.length + 3
  for (const { name = '', uid = '' } of refs) bytes += name.length + uid.length + bytesAroundReference
  return bytes
}

/** Whether `status.nodeRefs` can be stored beside `spec.providerIDList`. Without it a pool still works: Nodes are found by id. */
export function referencesFit(ids: readonly string[], refs: readonly NodeReference[]): boolean {
  return ids.length < smallPool || listBytes(ids, refs) <= mostBytes
}
