/** Fields of the storage types: see `shape.ts` for the notation. */
export const storageShapes = `
package io.k8s.api.storage.v1

type CSIDriver
  1 metadata ObjectMeta
  2 spec! CSIDriverSpec

type CSIDriverSpec
  1 attachRequired? bool
  2 podInfoOnMount? bool
  3 volumeLifecycleModes [string] set
  4 storageCapacity? bool
  5 fsGroupPolicy? string
  6 tokenRequests [storage.TokenRequest] atomic
  7 requiresRepublish? bool
  8 seLinuxMount? bool
  9 nodeAllocatableUpdatePeriodSeconds? int64

type CSINode
  1 metadata ObjectMeta
  2 spec! CSINodeSpec

type CSINodeDriver
  1 name! string
  2 nodeID! string
  3 topologyKeys [string] atomic
  4 allocatable VolumeNodeResources

type CSINodeSpec
  1 drivers! [CSINodeDriver] map(name) merge(name)

type StorageClass
  1 metadata ObjectMeta
  2 provisioner! string
  3 parameters {string}
  4 reclaimPolicy? string
  5 mountOptions [string] atomic
  6 allowVolumeExpansion? bool
  7 volumeBindingMode? string
  8 allowedTopologies [TopologySelectorTerm] atomic

type VolumeAttachment
  1 metadata ObjectMeta
  2 spec! VolumeAttachmentSpec
  3 status VolumeAttachmentStatus

type VolumeAttachmentSource
  1 persistentVolumeName? string
  2 inlineVolumeSpec PersistentVolumeSpec

type VolumeAttachmentSpec
  1 attacher! string
  2 source! VolumeAttachmentSource
  3 nodeName! string

type VolumeAttachmentStatus
  1 attached! bool
  2 attachmentMetadata {string}
  3 attachError VolumeError
  4 detachError VolumeError

type VolumeError
  1 time time
  2 message string
  3 errorCode? int32

type VolumeNodeResources
  1 count? int32

type storage.TokenRequest
  1 audience! string
  2 expirationSeconds? int64

type CSIStorageCapacity
  1 metadata ObjectMeta
  2 nodeTopology LabelSelector
  3 storageClassName! string
  4 capacity? quantity
  5 maximumVolumeSize? quantity
`
