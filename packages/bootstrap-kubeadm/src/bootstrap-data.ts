import { createHash } from 'node:crypto'

import type { KubeadmConfigSpec } from '@machinepool/api'
import { stringify } from 'yaml'

import { renderCloudConfig } from './cloud-config.ts'
import { renderIgnition } from './ignition/render-ignition.ts'
import { joinConfiguration, type Discovery } from './join-configuration.ts'
import type { KubeadmApi } from './kubernetes-version.ts'
import type { MachineData, MachineFile, MachineUser } from './machine-data.ts'

export interface BootstrapDataInput {
  readonly spec: KubeadmConfigSpec
  readonly api: KubeadmApi
  readonly discovery: Discovery
  /** The user's files and accounts with what they take from Secrets. */
  readonly files: readonly MachineFile[]
  readonly users: readonly MachineUser[]
}

export interface BootstrapData {
  readonly value: string
  readonly format: 'cloud-config' | 'ignition'
  /** SHA-256, hex, of everything but the token. */
  readonly revision: string
}

/** The data for a pool's machines. Pure. */
export function renderBootstrapData(input: BootstrapDataInput): BootstrapData {
  return {
    value: render(input),
    format: input.spec.format ?? 'cloud-config',
    revision: createHash('sha256')
      .update(render(withoutToken(input)))
      .digest('hex'),
  }
}

function render(input: BootstrapDataInput): string {
  const data = machineData(input)
  const { format, ignition } = input.spec
  return format === 'ignition'
    ? renderIgnition(data, ignition?.containerLinuxConfig?.additionalConfig)
    : renderCloudConfig(data)
}

function withoutToken(input: BootstrapDataInput): BootstrapDataInput {
  return input.discovery.kind === 'token' ? { ...input, discovery: { ...input.discovery, token: '' } } : input
}

function machineData({ spec, api, discovery, files, users }: BootstrapDataInput): MachineData {
  const { ntp, diskSetup, mounts, verbosity } = spec
  const join = joinConfiguration(spec.joinConfiguration ?? {}, discovery, api)
  return {
    files: files.map(withFinalNewline),
    users,
    bootCommands: spec.bootCommands ?? [],
    preKubeadmCommands: spec.preKubeadmCommands ?? [],
    postKubeadmCommands: spec.postKubeadmCommands ?? [],
    joinConfiguration: `---\n${stringify(join, { version: '1.1', lineWidth: 0 })}`,
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(ntp === undefined ? {} : { ntp }),
    ...(diskSetup === undefined ? {} : { diskSetup }),
    ...(mounts === undefined ? {} : { mounts }),
  }
}

/** A text file ends with a line, also where its YAML or Secret does not; upstream's data does the same. */
function withFinalNewline(file: MachineFile): MachineFile {
  const isText = file.encoding === undefined && file.content !== ''
  return isText && !file.content.endsWith('\n') ? { ...file, content: `${file.content}\n` } : file
}
