export interface KubernetesVersion {
  readonly major: number
  readonly minor: number
}

/** Reads `v1.33.1` (anything after the minor is of no interest here); `undefined` when it is no version. */
export function parseKubernetesVersion(text: string): KubernetesVersion | undefined {
  const match = /^v?(\d+)\.(\d+)(?:[.+-]|$)/.exec(text)
  if (match === null) return undefined
  return { major: Number(match[1]), minor: Number(match[2]) }
}

export type KubeadmApi = 'v1beta2' | 'v1beta3' | 'v1beta4'

/**
 * The newest kubeadm configuration API that a kubeadm of this version reads.
 * https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
 */
export function kubeadmApiOf({ major, minor }: KubernetesVersion): KubeadmApi | undefined {
  if (major !== 1 || minor < 15) return undefined
  if (minor < 22) return 'v1beta2'
  return minor < 31 ? 'v1beta3' : 'v1beta4'
}
