/** Fields of the networking types: see `shape.ts` for the notation. */
export const networkingShapes = `
package io.k8s.api.networking.v1

type HTTPIngressPath
  1 path string
  3 pathType! string
  2 backend! IngressBackend

type HTTPIngressRuleValue
  1 paths! [HTTPIngressPath] atomic

type IPBlock
  1 cidr! string
  2 except [string] atomic

type Ingress
  1 metadata ObjectMeta
  2 spec IngressSpec
  3 status IngressStatus

type IngressBackend
  4 service IngressServiceBackend
  3 resource TypedLocalObjectReference

type IngressClass
  1 metadata ObjectMeta
  2 spec IngressClassSpec

type IngressClassParametersReference
  1 apiGroup? string
  2 kind! string
  3 name! string
  4 scope? string
  5 namespace? string

type IngressClassSpec
  1 controller string
  2 parameters IngressClassParametersReference

type IngressLoadBalancerIngress
  1 ip string
  2 hostname string
  4 ports [IngressPortStatus] atomic

type IngressLoadBalancerStatus
  1 ingress [IngressLoadBalancerIngress] atomic

type IngressPortStatus
  1 port! int32
  2 protocol! string
  3 error? string

type IngressRule
  1 host string
  2.1 http HTTPIngressRuleValue

type IngressRuleValue
  1 http HTTPIngressRuleValue

type IngressServiceBackend
  1 name! string
  2 port ServiceBackendPort

type IngressSpec
  4 ingressClassName? string
  1 defaultBackend IngressBackend
  2 tls [IngressTLS] atomic
  3 rules [IngressRule] atomic

type IngressStatus
  1 loadBalancer IngressLoadBalancerStatus

type IngressTLS
  1 hosts [string] atomic
  2 secretName string

type NetworkPolicy
  1 metadata ObjectMeta
  2 spec NetworkPolicySpec

type NetworkPolicyEgressRule
  1 ports [NetworkPolicyPort] atomic
  2 to [NetworkPolicyPeer] atomic

type NetworkPolicyIngressRule
  1 ports [NetworkPolicyPort] atomic
  2 from [NetworkPolicyPeer] atomic

type NetworkPolicyPeer
  1 podSelector LabelSelector
  2 namespaceSelector LabelSelector
  3 ipBlock IPBlock

type NetworkPolicyPort
  1 protocol? string
  2 port? intOrString
  3 endPort? int32

type NetworkPolicySpec
  1 podSelector LabelSelector
  2 ingress [NetworkPolicyIngressRule] atomic
  3 egress [NetworkPolicyEgressRule] atomic
  4 policyTypes [string] atomic

type ServiceBackendPort atomic
  1 name string
  2 number int32
`
