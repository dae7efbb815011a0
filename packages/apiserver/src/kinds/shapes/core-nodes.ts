/** Fields of the core types, those of nodes: see `shape.ts` for the notation. */
export const coreNodesShapes = `
package io.k8s.api.core.v1

type ContainerImage
  1 names [string] atomic
  2 sizeBytes int64

type DaemonEndpoint
  1 Port! int32

type Node
  1 metadata ObjectMeta
  2 spec NodeSpec
  3 status NodeStatus

type NodeAddress
  1 type! string
  2 address! string

type NodeCondition
  1 type! string
  2 status! string
  3 lastHeartbeatTime time
  4 lastTransitionTime time
  5 reason string
  6 message string

type NodeConfigSource
  2 configMap ConfigMapNodeConfigSource

type NodeConfigStatus
  1 assigned NodeConfigSource
  2 active NodeConfigSource
  3 lastKnownGood NodeConfigSource
  4 error string

type NodeDaemonEndpoints
  1 kubeletEndpoint DaemonEndpoint

type NodeFeatures
  1 supplementalGroupsPolicy? bool

type NodeRuntimeHandler
  1 name string
  2 features NodeRuntimeHandlerFeatures

type NodeRuntimeHandlerFeatures
  1 recursiveReadOnlyMounts? bool
  2 userNamespaces? bool

type NodeSpec
  1 podCIDR string
  2 externalID string
  3 providerID string
  4 unschedulable bool
  5 taints [Taint] atomic
  6 configSource NodeConfigSource
  7 podCIDRs [string] set merge

type NodeStatus
  1 capacity {quantity}
  2 allocatable {quantity}
  3 phase string
  4 conditions [NodeCondition] map(type) merge(type)
  5 addresses [NodeAddress] map(type) merge(type)
  6 daemonEndpoints NodeDaemonEndpoints
  7 nodeInfo NodeSystemInfo
  8 images [ContainerImage] atomic
  9 volumesInUse [string] atomic
  10 volumesAttached [AttachedVolume] atomic
  11 config NodeConfigStatus
  12 runtimeHandlers [NodeRuntimeHandler] atomic
  13 features NodeFeatures

type NodeSwapStatus
  1 capacity? int64

type NodeSystemInfo
  1 machineID! string
  2 systemUUID! string
  3 bootID! string
  4 kernelVersion! string
  5 osImage! string
  6 containerRuntimeVersion! string
  7 kubeletVersion! string
  8 kubeProxyVersion! string
  9 operatingSystem! string
  10 architecture! string
  11 swap NodeSwapStatus

type Taint
  1 key! string
  2 value string
  3 effect! string
  4 timeAdded? time
`
