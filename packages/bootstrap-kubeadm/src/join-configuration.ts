import { taints as taintNames, type KubeadmConfigSpec } from '@machinepool/api'

import type { KubeadmApi } from './kubernetes-version.ts'

type JoinSpec = NonNullable<KubeadmConfigSpec['joinConfiguration']>

/** How a machine finds its cluster and proves that it may join. */
export type Discovery =
  | {
      readonly kind: 'token'
      /** `host:port` */
      readonly apiServerEndpoint: string
      readonly token: string
      /** `sha256:<hex>` of each CA's public key; empty where the API server has no TLS. */
      readonly caCertHashes: readonly string[]
    }
  /** The user's own discovery file; no token is made. */
  | { readonly kind: 'file' }

/**
 * kubeadm's JoinConfiguration for a worker, in the API version that its kubeadm reads.
 * https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/#kubeadm-k8s-io-v1beta4-JoinConfiguration
 */
export function joinConfiguration(spec: JoinSpec, discovery: Discovery, api: KubeadmApi): object {
  return compact({
    apiVersion: `kubeadm.k8s.io/${api}`,
    kind: 'JoinConfiguration',
    caCertPath: spec.caCertPath,
    discovery: discoveryOf(spec, discovery, api),
    nodeRegistration: nodeRegistration(spec, api),
    patches: spec.patches,
    skipPhases: spec.skipPhases,
    timeouts: api === 'v1beta4' ? timeouts(spec) : undefined,
  })
}

function discoveryOf(spec: JoinSpec, discovery: Discovery, api: KubeadmApi): object {
  const timeoutSeconds = spec.timeouts?.tlsBootstrapSeconds ?? spec.timeouts?.discoverySeconds
  return compact({
    ...(discovery.kind === 'file'
      ? { file: { kubeConfigPath: spec.discovery?.file?.kubeConfigPath } }
      : { bootstrapToken: tokenDiscovery(discovery) }),
    tlsBootstrapToken: spec.discovery?.tlsBootstrapToken,
    // One timeout for both steps, until v1beta4 gave each its own.
    timeout: api === 'v1beta4' || timeoutSeconds === undefined ? undefined : `${timeoutSeconds}s`,
  })
}

function tokenDiscovery(discovery: Extract<Discovery, { kind: 'token' }>): object {
  const { apiServerEndpoint, token, caCertHashes } = discovery
  return {
    apiServerEndpoint,
    token,
    ...(caCertHashes.length > 0 ? { caCertHashes: [...caCertHashes] } : { unsafeSkipCAVerification: true }),
  }
}

function nodeRegistration(spec: JoinSpec, api: KubeadmApi): object {
  const { name, criSocket, taints, kubeletExtraArgs, ignorePreflightErrors, imagePullPolicy, imagePullSerial } =
    spec.nodeRegistration ?? {}
  return compact({
    name,
    criSocket,
    taints: withUninitialized(taints ?? []),
    kubeletExtraArgs:
      kubeletExtraArgs === undefined || api === 'v1beta4'
        ? kubeletExtraArgs
        : Object.fromEntries(kubeletExtraArgs.map((argument) => [argument.name, argument.value])),
    ignorePreflightErrors,
    imagePullPolicy,
    imagePullSerial,
  })
}

type Taint = NonNullable<NonNullable<JoinSpec['nodeRegistration']>['taints']>[number]

/** Keeps workloads away until the MachinePool controller has labelled the Node and takes the taint off. */
function withUninitialized(taints: readonly Taint[]): Taint[] {
  const { key, effect } = taintNames.uninitialized
  return taints.some((taint) => taint.key === key && taint.effect === effect)
    ? [...taints]
    : [...taints, { key, effect }]
}

function timeouts({ timeouts: given }: JoinSpec): object | undefined {
  if (given === undefined) return undefined
  const entries = Object.entries(given).map(([name, seconds]) => [name.replace(/Seconds$/, ''), `${seconds}s`])
  return Object.fromEntries(entries)
}

/** Without the fields that say nothing. */
function compact(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
