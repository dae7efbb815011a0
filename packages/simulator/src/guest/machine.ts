import type { InstanceData } from './jinja.ts'

/** A booted machine, as the operating system on it sees itself; the same for every cloud. */
export interface Machine {
  /** Also its key: no two live machines share it. */
  readonly providerID: string
  readonly hostname: string
  readonly internalIP: string
  readonly externalIP?: string
  readonly zone: string
  readonly region: string
  readonly instanceType: string
  /** As Kubernetes calls it: `amd64`, `arm64`. */
  readonly architecture: string
  readonly vcpus: number
  readonly memoryMiB: number
  /** Version of the kubelet on it, such as `v1.31.0`. */
  readonly kubeletVersion: string
  readonly userData?: Buffer
  /** What templates in the user data can look up. */
  readonly instanceData: InstanceData
}
