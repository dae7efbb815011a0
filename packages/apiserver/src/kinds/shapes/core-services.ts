/** Fields of the core types, those of services: see `shape.ts` for the notation. */
export const coreServicesShapes = `
package io.k8s.api.core.v1

type ClientIPConfig
  1 timeoutSeconds? int32

type EndpointAddress atomic
  1 ip! string
  2 targetRef ObjectReference
  3 hostname string
  4 nodeName? string

type EndpointPort atomic
  1 name string
  2 port! int32
  3 protocol string
  4 appProtocol? string

type EndpointSubset
  1 addresses [EndpointAddress] atomic
  2 notReadyAddresses [EndpointAddress] atomic
  3 ports [EndpointPort] atomic

type Endpoints
  1 metadata ObjectMeta
  2 subsets [EndpointSubset] atomic

type LoadBalancerIngress
  1 ip string
  2 hostname string
  3 ipMode? string
  4 ports [PortStatus] atomic

type LoadBalancerStatus
  1 ingress [LoadBalancerIngress] atomic

type PortStatus
  1 port! int32
  2 protocol! string
  3 error? string

type Service
  1 metadata ObjectMeta
  2 spec ServiceSpec
  3 status ServiceStatus

type ServicePort
  1 name string
  2 protocol string default("TCP")
  3 port! int32
  4 targetPort intOrString
  5 nodePort int32
  6 appProtocol? string

type ServiceSpec
  1 ports [ServicePort] map(port,protocol) merge(port)
  2 selector {string} atomic
  3 clusterIP string
  4 type string
  5 externalIPs [string] atomic
  7 sessionAffinity string
  8 loadBalancerIP string
  9 loadBalancerSourceRanges [string] atomic
  10 externalName string
  11 externalTrafficPolicy string
  12 healthCheckNodePort int32
  13 publishNotReadyAddresses bool
  14 sessionAffinityConfig SessionAffinityConfig
  17 ipFamilyPolicy? string
  18 clusterIPs [string] atomic
  19 ipFamilies [string] atomic
  20 allocateLoadBalancerNodePorts? bool
  21 loadBalancerClass? string
  22 internalTrafficPolicy? string
  23 trafficDistribution? string

type ServiceStatus
  1 loadBalancer LoadBalancerStatus
  2 conditions [Condition] map(type) merge(type)

type SessionAffinityConfig
  1 clientIP ClientIPConfig
`
