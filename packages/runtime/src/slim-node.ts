import { isDeepStrictEqual } from 'node:util'

import type { KubeObject, Node, ObjectCondition, ObjectMeta, Taint } from '@machinepool/kube'

/** A Node as far as machine pools need it: about 600 bytes of the ten thousand on the wire. */
export interface SlimNode extends KubeObject {
  spec: {
    providerID?: string
    unschedulable?: boolean
    taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  }
  status: {
    conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[]
    nodeInfo?: { readonly kubeletVersion?: string }
    addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

/** Labels and annotations that say where a Node is or that Cluster API and machine pools put there. */
const keptDomain =
  /(?:^|\.)(?:cluster\.x-k8s\.io|machinepool\.dev|(?:topology|node|node-role|node-restriction)\.kubernetes\.io)$/

function isKept(name: string): boolean {
  const slash = name.indexOf('/')
  return slash > 0 && keptDomain.test(name.slice(0, slash))
}

/** Values that thousands of Nodes share are kept once. */
export function createNodeSlimmer(): (node: KubeObject) => SlimNode {
  const shared = new Map<string, string>()
  const infos = new Map<string, { readonly kubeletVersion: string }>()

  function intern(text: string): string {
    const known = shared.get(text)
    if (known !== undefined) {
      return known
    }
    if (shared.size < 10_000) {
      shared.set(text, text)
    }
    return text
  }

  function keep(map: Record<string, string> | undefined): Record<string, string> | undefined {
    let kept: [string, string][] | undefined
    for (const name in map) {
      if (isKept(name)) {
        kept ??= []
        kept.push([name, intern(map[name] ?? '')])
      }
    }
    return kept === undefined ? undefined : Object.fromEntries(kept)
  }

  // Fields are assigned in one order and only when they exist: objects of one shape take the least memory.
  return (object) => {
    const { apiVersion, kind, metadata, spec, status } = object as Node
    return {
      apiVersion: intern(apiVersion),
      kind: intern(kind),
      metadata: slimMetadata(metadata),
      spec: slimSpec(spec ?? {}),
      status: slimStatus(status ?? {}),
    }
  }

  function slimMetadata(metadata: ObjectMeta): ObjectMeta {
    const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata
    const slim: ObjectMeta = {
      ...(name !== undefined && { name }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    }
    if (creationTimestamp !== undefined) slim.creationTimestamp = intern(creationTimestamp)
    if (deletionTimestamp !== undefined) slim.deletionTimestamp = deletionTimestamp
    const labels = keep(metadata.labels)
    if (labels !== undefined) slim.labels = labels
    const annotations = keep(metadata.annotations)
    if (annotations !== undefined) slim.annotations = annotations
    return slim
  }

  function slimSpec({ providerID, unschedulable, taints }: NonNullable<Node['spec']>): SlimNode['spec'] {
    const slim: SlimNode['spec'] = {}
    if (providerID !== undefined) slim.providerID = providerID
    if (unschedulable !== undefined) slim.unschedulable = unschedulable
    if (taints !== undefined && taints.length > 0) slim.taints = taints.map((taint) => slimTaint(taint, intern))
    return slim
  }

  function slimStatus({ conditions, addresses, nodeInfo }: NonNullable<Node['status']>): SlimNode['status'] {
    const slim: SlimNode['status'] = {}
    // The heartbeat time of a condition changes all the time and says nothing.
    if (conditions !== undefined) slim.conditions = conditions.map((condition) => slimCondition(condition, intern))
    const version = nodeInfo?.['kubeletVersion']
    if (version !== undefined) slim.nodeInfo = sharedInfo(version)
    if (addresses !== undefined)
      slim.addresses = addresses.map(({ type, address }) => ({ type: intern(type), address }))
    return slim
  }

  function sharedInfo(kubeletVersion: string): { readonly kubeletVersion: string } {
    const known = infos.get(kubeletVersion) ?? { kubeletVersion }
    infos.set(kubeletVersion, known)
    return known
  }
}

/** Two states of a Node that differ in nothing that was kept: a heartbeat. */
export function isHeartbeat(old: SlimNode, node: SlimNode): boolean {
  return (
    isDeepStrictEqual(old.spec, node.spec) &&
    isDeepStrictEqual(old.status, node.status) &&
    isDeepStrictEqual({ ...old.metadata, resourceVersion: undefined }, { ...node.metadata, resourceVersion: undefined })
  )
}

function slimCondition({ type, status, lastTransitionTime }: ObjectCondition, intern: (text: string) => string) {
  return lastTransitionTime === undefined
    ? { type: intern(type), status: intern(status) }
    : { type: intern(type), status: intern(status), lastTransitionTime: intern(lastTransitionTime) }
}

function slimTaint({ key, value, effect }: Taint, intern: (text: string) => string) {
  return { key: intern(key), effect: intern(effect), ...(value === undefined ? {} : { value: intern(value) }) }
}
