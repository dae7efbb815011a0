import type { KubeadmConfigSpec } from '@machinepool/api'

/** A file with its content at hand. */
export interface MachineFile {
  readonly path: string
  readonly owner?: string
  readonly permissions?: string
  readonly encoding?: 'base64' | 'gzip' | 'gzip+base64'
  readonly append?: boolean
  readonly content: string
}

type User = NonNullable<KubeadmConfigSpec['users']>[number]
/** A user with the password hash at hand. */
export type MachineUser = Omit<User, 'passwdFrom'>

/** Everything that a machine is told at its first boot, whatever the format. */
export interface MachineData {
  readonly files: readonly MachineFile[]
  readonly users: readonly MachineUser[]
  readonly bootCommands: readonly string[]
  readonly preKubeadmCommands: readonly string[]
  readonly postKubeadmCommands: readonly string[]
  /** YAML of kubeadm's JoinConfiguration. */
  readonly joinConfiguration: string
  /** Kubeadm's log level. */
  readonly verbosity?: number
  readonly ntp?: KubeadmConfigSpec['ntp']
  readonly diskSetup?: KubeadmConfigSpec['diskSetup']
  readonly mounts?: KubeadmConfigSpec['mounts']
}
