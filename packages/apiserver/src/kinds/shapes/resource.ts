/** Fields of the resource types: see `shape.ts` for the notation. */
export const resourceShapes = `
package io.k8s.api.resource.v1

type AllocatedDeviceStatus
  1 driver! string
  2 pool! string
  3 device! string
  7 shareID? string
  4 conditions [Condition] map(type)
  5 data raw
  6 networkData NetworkDeviceData

type AllocationResult
  1 devices DeviceAllocationResult
  3 nodeSelector NodeSelector
  5 allocationTimestamp? time

type CELDeviceSelector
  1 expression! string

type CapacityRequestPolicy
  1 default? quantity
  3 validValues [quantity] atomic
  4 validRange CapacityRequestPolicyRange

type CapacityRequestPolicyRange
  1 min? quantity
  2 max? quantity
  3 step? quantity

type CapacityRequirements
  1 requests {quantity}

type Counter
  1 value! quantity

type CounterSet
  1 name! string
  2 counters {Counter}

type Device
  1 name! string
  2 attributes {DeviceAttribute}
  3 capacity {DeviceCapacity}
  4 consumesCounters [DeviceCounterConsumption] atomic
  5 nodeName? string
  6 nodeSelector NodeSelector
  7 allNodes? bool
  8 taints [DeviceTaint] atomic
  9 bindsToNode? bool
  10 bindingConditions [string] atomic
  11 bindingFailureConditions [string] atomic
  12 allowMultipleAllocations? bool

type DeviceAllocationConfiguration
  1 source! string
  2 requests [string] atomic
  3.1 opaque OpaqueDeviceConfiguration

type DeviceAllocationResult
  1 results [DeviceRequestAllocationResult] atomic
  2 config [DeviceAllocationConfiguration] atomic

type DeviceAttribute
  2 int? int64
  3 bool? bool
  4 string? string
  5 version? string

type DeviceCapacity
  1 value! quantity
  2 requestPolicy CapacityRequestPolicy

type DeviceClaim
  1 requests [DeviceRequest] atomic
  2 constraints [DeviceConstraint] atomic
  3 config [DeviceClaimConfiguration] atomic

type DeviceClaimConfiguration
  1 requests [string] atomic
  2.1 opaque OpaqueDeviceConfiguration

type DeviceClass
  1 metadata ObjectMeta
  2 spec! DeviceClassSpec

type DeviceClassConfiguration
  1.1 opaque OpaqueDeviceConfiguration

type DeviceClassSpec
  1 selectors [DeviceSelector] atomic
  2 config [DeviceClassConfiguration] atomic
  4 extendedResourceName? string

type DeviceConfiguration
  1 opaque OpaqueDeviceConfiguration

type DeviceConstraint
  1 requests [string] atomic
  2 matchAttribute? string
  3 distinctAttribute? string

type DeviceCounterConsumption
  1 counterSet! string
  2 counters {Counter}

type DeviceRequest
  1 name! string
  2 exactly ExactDeviceRequest
  3 firstAvailable [DeviceSubRequest] atomic

type DeviceRequestAllocationResult
  1 request! string
  2 driver! string
  3 pool! string
  4 device! string
  5 adminAccess? bool
  6 tolerations [DeviceToleration] atomic
  7 bindingConditions [string] atomic
  8 bindingFailureConditions [string] atomic
  9 shareID? string
  10 consumedCapacity {quantity}

type DeviceSelector
  1 cel CELDeviceSelector

type DeviceSubRequest
  1 name! string
  2 deviceClassName! string
  3 selectors [DeviceSelector] atomic
  4 allocationMode string
  5 count int64
  6 tolerations [DeviceToleration] atomic
  7 capacity CapacityRequirements

type DeviceTaint
  1 key! string
  2 value string
  3 effect! string
  4 timeAdded? time

type DeviceToleration
  1 key string
  2 operator string
  3 value string
  4 effect string
  5 tolerationSeconds? int64

type ExactDeviceRequest
  1 deviceClassName! string
  2 selectors [DeviceSelector] atomic
  3 allocationMode string
  4 count int64
  5 adminAccess? bool
  6 tolerations [DeviceToleration] atomic
  7 capacity CapacityRequirements

type NetworkDeviceData
  1 interfaceName string
  2 ips [string] atomic
  3 hardwareAddress string

type OpaqueDeviceConfiguration
  1 driver! string
  2 parameters! raw

type ResourceClaimConsumerReference
  1 apiGroup string
  3 resource! string
  4 name! string
  5 uid! string

type ResourceClaimSpec
  1 devices DeviceClaim

type ResourceClaimStatus
  1 allocation AllocationResult
  2 reservedFor [ResourceClaimConsumerReference] map(uid) merge(uid)
  4 devices [AllocatedDeviceStatus] map(driver,device,pool,shareID)

type ResourceClaimTemplate
  1 metadata ObjectMeta
  2 spec! ResourceClaimTemplateSpec

type ResourceClaimTemplateSpec
  1 metadata ObjectMeta
  2 spec! ResourceClaimSpec

type ResourcePool
  1 name! string
  2 generation! int64
  3 resourceSliceCount! int64

type ResourceSlice
  1 metadata ObjectMeta
  2 spec! ResourceSliceSpec

type ResourceSliceSpec
  1 driver! string
  2 pool! ResourcePool
  3 nodeName? string
  4 nodeSelector NodeSelector
  5 allNodes? bool
  6 devices [Device] atomic
  7 perDeviceNodeSelection? bool
  8 sharedCounters [CounterSet] atomic

type resource.ResourceClaim
  1 metadata ObjectMeta
  2 spec! ResourceClaimSpec
  3 status ResourceClaimStatus
`
