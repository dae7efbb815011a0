/** Fields of the core types, those of pods: see `shape.ts` for the notation. */
export const corePodsShapes = `
package io.k8s.api.core.v1

type Affinity
  1 nodeAffinity NodeAffinity
  2 podAffinity PodAffinity
  3 podAntiAffinity PodAntiAffinity

type AppArmorProfile
  1 type! string
  2 localhostProfile? string

type Capabilities
  1 add [string] atomic
  2 drop [string] atomic

type ConfigMapEnvSource
  1.1 name string
  2 optional? bool

type ConfigMapKeySelector atomic
  1.1 name string
  2 key! string
  3 optional? bool

type Container
  1 name! string
  2 image string
  3 command [string] atomic
  4 args [string] atomic
  5 workingDir string
  6 ports [ContainerPort] map(containerPort,protocol) merge(containerPort)
  7 env [EnvVar] map(name) merge(name)
  8 resources ResourceRequirements
  9 volumeMounts [VolumeMount] map(mountPath) merge(mountPath)
  10 livenessProbe Probe
  11 readinessProbe Probe
  12 lifecycle Lifecycle
  13 terminationMessagePath string
  14 imagePullPolicy string
  15 securityContext SecurityContext
  16 stdin bool
  17 stdinOnce bool
  18 tty bool
  19 envFrom [EnvFromSource] atomic
  20 terminationMessagePolicy string
  21 volumeDevices [VolumeDevice] map(devicePath) merge(devicePath)
  22 startupProbe Probe
  23 resizePolicy [ContainerResizePolicy] atomic
  24 restartPolicy? string
  25 restartPolicyRules [ContainerRestartRule] atomic

type ContainerExtendedResourceRequest
  1 containerName! string
  2 resourceName! string
  3 requestName! string

type ContainerPort
  1 name string
  2 hostPort int32
  3 containerPort! int32
  4 protocol string default("TCP")
  5 hostIP string

type ContainerResizePolicy
  1 resourceName! string
  2 restartPolicy! string

type ContainerRestartRule
  1 action! string
  2 exitCodes ContainerRestartRuleOnExitCodes

type ContainerRestartRuleOnExitCodes
  1 operator! string
  2 values [int32] set

type ContainerState
  1 waiting ContainerStateWaiting
  2 running ContainerStateRunning
  3 terminated ContainerStateTerminated

type ContainerStateRunning
  1 startedAt time

type ContainerStateTerminated
  1 exitCode! int32
  2 signal int32
  3 reason string
  4 message string
  5 startedAt time
  6 finishedAt time
  7 containerID string

type ContainerStateWaiting
  1 reason string
  2 message string

type ContainerStatus
  1 name! string
  2 state ContainerState
  3 lastState ContainerState
  4 ready! bool
  5 restartCount! int32
  6 image! string
  7 imageID! string
  8 containerID string
  9 started? bool
  10 allocatedResources {quantity}
  11 resources ResourceRequirements
  12 volumeMounts [VolumeMountStatus] map(mountPath) merge(mountPath)
  13 user ContainerUser
  14 allocatedResourcesStatus [ResourceStatus] map(name) merge(name)
  15 stopSignal? string

type ContainerUser
  1 linux LinuxContainerUser

type EnvFromSource
  1 prefix string
  2 configMapRef ConfigMapEnvSource
  3 secretRef SecretEnvSource

type EnvVar
  1 name! string
  2 value string
  3 valueFrom EnvVarSource

type EnvVarSource
  1 fieldRef ObjectFieldSelector
  2 resourceFieldRef ResourceFieldSelector
  3 configMapKeyRef ConfigMapKeySelector
  4 secretKeyRef SecretKeySelector
  5 fileKeyRef FileKeySelector

type EphemeralContainer
  1.10 livenessProbe Probe
  1.1 name! string
  1.11 readinessProbe Probe
  1.12 lifecycle Lifecycle
  1.13 terminationMessagePath string
  1.14 imagePullPolicy string
  1.15 securityContext SecurityContext
  1.16 stdin bool
  1.17 stdinOnce bool
  1.18 tty bool
  1.19 envFrom [EnvFromSource] atomic
  1.2 image string
  1.20 terminationMessagePolicy string
  1.21 volumeDevices [VolumeDevice] map(devicePath) merge(devicePath)
  1.22 startupProbe Probe
  1.23 resizePolicy [ContainerResizePolicy] atomic
  1.24 restartPolicy? string
  1.25 restartPolicyRules [ContainerRestartRule] atomic
  1.3 command [string] atomic
  1.4 args [string] atomic
  1.5 workingDir string
  1.6 ports [ContainerPort] map(containerPort,protocol) merge(containerPort)
  1.7 env [EnvVar] map(name) merge(name)
  1.8 resources ResourceRequirements
  1.9 volumeMounts [VolumeMount] map(mountPath) merge(mountPath)
  2 targetContainerName string

type ExecAction
  1 command [string] atomic

type FileKeySelector atomic
  1 volumeName! string
  2 path! string
  3 key! string
  4 optional? bool

type GRPCAction
  1 port! int32
  2 service? string

type HTTPGetAction
  1 path string
  2 port! intOrString
  3 host string
  4 scheme string
  5 httpHeaders [HTTPHeader] atomic

type HTTPHeader
  1 name! string
  2 value! string

type HostAlias
  1 ip! string
  2 hostnames [string] atomic

type HostIP
  1 ip! string

type Lifecycle
  1 postStart LifecycleHandler
  2 preStop LifecycleHandler
  3 stopSignal? string

type LifecycleHandler
  1 exec ExecAction
  2 httpGet HTTPGetAction
  3 tcpSocket TCPSocketAction
  4 sleep SleepAction

type LinuxContainerUser
  1 uid! int64
  2 gid! int64
  3 supplementalGroups [int64] atomic

type NodeAffinity
  1 requiredDuringSchedulingIgnoredDuringExecution NodeSelector
  2 preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm] atomic

type NodeSelector atomic
  1 nodeSelectorTerms! [NodeSelectorTerm] atomic

type NodeSelectorRequirement
  1 key! string
  2 operator! string
  3 values [string] atomic

type NodeSelectorTerm atomic
  1 matchExpressions [NodeSelectorRequirement] atomic
  2 matchFields [NodeSelectorRequirement] atomic

type ObjectFieldSelector atomic
  1 apiVersion string
  2 fieldPath! string

type Pod
  1 metadata ObjectMeta
  2 spec PodSpec
  3 status PodStatus

type PodAffinity
  1 requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm] atomic
  2 preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm] atomic

type PodAffinityTerm
  1 labelSelector LabelSelector
  2 namespaces [string] atomic
  3 topologyKey! string
  4 namespaceSelector LabelSelector
  5 matchLabelKeys [string] atomic
  6 mismatchLabelKeys [string] atomic

type PodAntiAffinity
  1 requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm] atomic
  2 preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm] atomic

type PodCondition
  1 type! string
  2 status! string
  3 lastProbeTime time
  4 lastTransitionTime time
  5 reason string
  6 message string
  7 observedGeneration int64

type PodDNSConfig
  1 nameservers [string] atomic
  2 searches [string] atomic
  3 options [PodDNSConfigOption] atomic

type PodDNSConfigOption
  1 name string
  2 value? string

type PodExtendedResourceClaimStatus
  1 requestMappings! [ContainerExtendedResourceRequest] atomic
  2 resourceClaimName! string

type PodIP
  1 ip! string

type PodOS
  1 name! string

type PodReadinessGate
  1 conditionType! string

type PodResourceClaim
  1 name! string
  3 resourceClaimName? string
  4 resourceClaimTemplateName? string

type PodResourceClaimStatus
  1 name! string
  2 resourceClaimName? string

type PodSchedulingGate
  1 name! string

type PodSecurityContext
  1 seLinuxOptions SELinuxOptions
  2 runAsUser? int64
  3 runAsNonRoot? bool
  4 supplementalGroups [int64] atomic
  5 fsGroup? int64
  6 runAsGroup? int64
  7 sysctls [Sysctl] atomic
  8 windowsOptions WindowsSecurityContextOptions
  9 fsGroupChangePolicy? string
  10 seccompProfile SeccompProfile
  11 appArmorProfile AppArmorProfile
  12 supplementalGroupsPolicy? string
  13 seLinuxChangePolicy? string

type PodSpec
  1 volumes [Volume] map(name) merge(name) retainKeys
  2 containers! [Container] map(name) merge(name)
  3 restartPolicy string
  4 terminationGracePeriodSeconds? int64
  5 activeDeadlineSeconds? int64
  6 dnsPolicy string
  7 nodeSelector {string} atomic
  8 serviceAccountName string
  9 serviceAccount string
  10 nodeName string
  11 hostNetwork bool
  12 hostPID bool
  13 hostIPC bool
  14 securityContext PodSecurityContext
  15 imagePullSecrets [LocalObjectReference] map(name) merge(name)
  16 hostname string
  17 subdomain string
  18 affinity Affinity
  19 schedulerName string
  20 initContainers [Container] map(name) merge(name)
  21 automountServiceAccountToken? bool
  22 tolerations [Toleration] atomic
  23 hostAliases [HostAlias] map(ip) merge(ip)
  24 priorityClassName string
  25 priority? int32
  26 dnsConfig PodDNSConfig
  27 shareProcessNamespace? bool
  28 readinessGates [PodReadinessGate] atomic
  29 runtimeClassName? string
  30 enableServiceLinks? bool
  31 preemptionPolicy? string
  32 overhead {quantity}
  33 topologySpreadConstraints [TopologySpreadConstraint] map(topologyKey,whenUnsatisfiable) merge(topologyKey)
  34 ephemeralContainers [EphemeralContainer] map(name) merge(name)
  35 setHostnameAsFQDN? bool
  36 os PodOS
  37 hostUsers? bool
  38 schedulingGates [PodSchedulingGate] map(name) merge(name)
  39 resourceClaims [PodResourceClaim] map(name) merge(name) retainKeys
  40 resources ResourceRequirements
  41 hostnameOverride? string

type PodStatus
  1 phase string
  2 conditions [PodCondition] map(type) merge(type)
  3 message string
  4 reason string
  5 hostIP string
  6 podIP string
  7 startTime? time
  8 containerStatuses [ContainerStatus] atomic
  9 qosClass string
  10 initContainerStatuses [ContainerStatus] atomic
  11 nominatedNodeName string
  12 podIPs [PodIP] map(ip) merge(ip)
  13 ephemeralContainerStatuses [ContainerStatus] atomic
  14 resize string
  15 resourceClaimStatuses [PodResourceClaimStatus] map(name) merge(name) retainKeys
  16 hostIPs [HostIP] atomic merge(ip)
  17 observedGeneration int64
  18 extendedResourceClaimStatus PodExtendedResourceClaimStatus

type PodTemplate
  1 metadata ObjectMeta
  2 template PodTemplateSpec

type PodTemplateSpec
  1 metadata ObjectMeta
  2 spec PodSpec

type PreferredSchedulingTerm
  1 weight! int32
  2 preference! NodeSelectorTerm

type Probe
  1.1 exec ExecAction
  1.2 httpGet HTTPGetAction
  1.3 tcpSocket TCPSocketAction
  1.4 grpc GRPCAction
  2 initialDelaySeconds int32
  3 timeoutSeconds int32
  4 periodSeconds int32
  5 successThreshold int32
  6 failureThreshold int32
  7 terminationGracePeriodSeconds? int64

type ResourceClaim
  1 name! string
  2 request string

type ResourceFieldSelector atomic
  1 containerName string
  2 resource! string
  3 divisor quantity

type ResourceHealth
  1 resourceID! string
  2 health string

type ResourceRequirements
  1 limits {quantity}
  2 requests {quantity}
  3 claims [ResourceClaim] map(name)

type ResourceStatus
  1 name! string
  2 resources [ResourceHealth] map(resourceID)

type SELinuxOptions
  1 user string
  2 role string
  3 type string
  4 level string

type SeccompProfile
  1 type! string
  2 localhostProfile? string

type SecretEnvSource
  1.1 name string
  2 optional? bool

type SecretKeySelector atomic
  1.1 name string
  2 key! string
  3 optional? bool

type SecurityContext
  1 capabilities Capabilities
  2 privileged? bool
  3 seLinuxOptions SELinuxOptions
  4 runAsUser? int64
  5 runAsNonRoot? bool
  6 readOnlyRootFilesystem? bool
  7 allowPrivilegeEscalation? bool
  8 runAsGroup? int64
  9 procMount? string
  10 windowsOptions WindowsSecurityContextOptions
  11 seccompProfile SeccompProfile
  12 appArmorProfile AppArmorProfile

type SleepAction
  1 seconds! int64

type Sysctl
  1 name! string
  2 value! string

type TCPSocketAction
  1 port! intOrString
  2 host string

type Toleration
  1 key string
  2 operator string
  3 value string
  4 effect string
  5 tolerationSeconds? int64

type TopologySpreadConstraint
  1 maxSkew! int32
  2 topologyKey! string
  3 whenUnsatisfiable! string
  4 labelSelector LabelSelector
  5 minDomains? int32
  6 nodeAffinityPolicy? string
  7 nodeTaintsPolicy? string
  8 matchLabelKeys [string] atomic

type WeightedPodAffinityTerm
  1 weight! int32
  2 podAffinityTerm! PodAffinityTerm

type WindowsSecurityContextOptions
  1 gmsaCredentialSpecName? string
  2 gmsaCredentialSpec? string
  3 runAsUserName? string
  4 hostProcess? bool
`
