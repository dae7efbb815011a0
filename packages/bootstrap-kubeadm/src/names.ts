import { projectAnnotations } from '@machinepool/api'

/** Annotations on the bootstrap data Secret. */
export const secretAnnotations = {
  /** SHA-256 (hex) of the bootstrap data without its token: providers compare it to see that only a token changed (R14). */
  revision: projectAnnotations.bootstrapRevision,
  /** Public id of the token in the data; its secret half is only in the data and in the workload cluster. */
  tokenID: 'machinepool.dev/bootstrap-token-id',
} as const

/** Written by the machine when it has joined; infrastructure providers may look for it. */
export const sentinelFile = '/run/cluster-api/bootstrap-success.complete'
export const joinConfigurationFile = '/run/kubeadm/kubeadm-join-config.yaml'
