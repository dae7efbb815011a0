import type { KubeadmConfigSpec } from '@machinepool/api'

import { containerLinuxAddition } from './ignition/container-linux-config.ts'
import type { KubeadmApi } from './kubernetes-version.ts'

/** A field that cannot be carried out. */
export interface UnsupportedField {
  /** From the object's root. */
  readonly path: string
  readonly why: string
}

/**
 * Fields that a machine of this pool could not be given. They are refused, because a machine that silently lacks something it
 * was asked to have is found out much later.
 */
export function unsupportedFields(spec: KubeadmConfigSpec, api: KubeadmApi): UnsupportedField[] {
  return [
    ...ofJoin(spec, api),
    ...ofFiles(spec),
    ...ofDisks(spec),
    ...(spec.format === 'ignition' ? ofIgnition(spec) : ofCloudConfig(spec)),
  ]
}

function ofJoin({ joinConfiguration }: KubeadmConfigSpec, api: KubeadmApi): UnsupportedField[] {
  const found: UnsupportedField[] = []
  const path = 'spec.joinConfiguration'
  const registration = joinConfiguration?.nodeRegistration
  const since = (field: string, version: string): void => {
    found.push({ path: `${path}.${field}`, why: `kubeadm knows it since Kubernetes ${version}` })
  }
  if (joinConfiguration?.controlPlane !== undefined) {
    found.push({ path: `${path}.controlPlane`, why: 'machines of a MachinePool are workers' })
  }
  if (api === 'v1beta2') {
    if (registration?.imagePullPolicy !== undefined) since('nodeRegistration.imagePullPolicy', 'v1.22')
    if (joinConfiguration?.skipPhases !== undefined) since('skipPhases', 'v1.22')
    if (joinConfiguration?.patches !== undefined) since('patches', 'v1.22')
  }
  if (api !== 'v1beta4') {
    if (registration?.imagePullSerial !== undefined) since('nodeRegistration.imagePullSerial', 'v1.31')
    found.push(...repeatedArguments(registration?.kubeletExtraArgs ?? [], `${path}.nodeRegistration.kubeletExtraArgs`))
  }
  if (joinConfiguration?.discovery?.bootstrapToken !== undefined && joinConfiguration.discovery.file !== undefined) {
    found.push({ path: `${path}.discovery`, why: 'bootstrapToken and file exclude each other' })
  }
  return found
}

function repeatedArguments(args: readonly { readonly name: string }[], path: string): UnsupportedField[] {
  const names = new Set<string>()
  return args.flatMap(({ name }, index) => {
    if (names.has(name))
      return [{ path: `${path}[${index}]`, why: `${name} is given twice, which needs Kubernetes v1.31` }]
    names.add(name)
    return []
  })
}

function ofFiles({ files = [] }: KubeadmConfigSpec): UnsupportedField[] {
  return files.flatMap(({ content, contentFrom }, index) => {
    const path = `spec.files[${index}]`
    if (content !== undefined && contentFrom !== undefined) {
      return [{ path: `${path}.contentFrom`, why: 'content and contentFrom exclude each other' }]
    }
    return []
  })
}

function ofDisks({ diskSetup }: KubeadmConfigSpec): UnsupportedField[] {
  const devices = new Set<string>()
  return (diskSetup?.partitions ?? []).flatMap(({ device }, index) => {
    if (devices.has(device)) {
      return [{ path: `spec.diskSetup.partitions[${index}]`, why: `the partitions of ${device} are given twice` }]
    }
    devices.add(device)
    return []
  })
}

function ofCloudConfig({ ignition }: KubeadmConfigSpec): UnsupportedField[] {
  return ignition === undefined ? [] : [{ path: 'spec.ignition', why: 'it needs spec.format: ignition' }]
}

/** Ignition runs once, from the initial RAM disk: what cloud-init does at later stages has no place in it. */
function ofIgnition(spec: KubeadmConfigSpec): UnsupportedField[] {
  const { files = [], users = [], mounts = [], diskSetup, bootCommands = [], ignition } = spec
  const found: UnsupportedField[] = []
  const refuse = (path: string, why: string): void => void found.push({ path: `spec.${path}`, why })
  if (bootCommands.length > 0) refuse('bootCommands', 'Ignition has none; use preKubeadmCommands')
  for (const [index, { inactive }] of users.entries()) {
    if (inactive === true) refuse(`users[${index}].inactive`, 'Ignition cannot make inactive accounts')
  }
  for (const [index, { encoding }] of files.entries()) {
    if (encoding?.startsWith('gzip') === true) refuse(`files[${index}].encoding`, 'Ignition knows base64 only')
  }
  for (const [index, mount] of mounts.entries()) {
    if (mount.length < 2) refuse(`mounts[${index}]`, 'must name what is mounted and where')
  }
  for (const [index, { tableType = 'gpt', diskLayout }] of (diskSetup?.partitions ?? []).entries()) {
    const path = `diskSetup.partitions[${index}]`
    if (tableType !== 'gpt') refuse(`${path}.tableType`, 'Ignition writes gpt only')
    if (diskLayout !== undefined) refuse(`${path}.diskLayout`, 'Ignition has no sizes in percent; use layout')
  }
  for (const [index, { replaceFS, partition }] of (diskSetup?.filesystems ?? []).entries()) {
    const path = `diskSetup.filesystems[${index}]`
    if (replaceFS !== undefined) refuse(`${path}.replaceFS`, 'Ignition has no such condition')
    if (partition !== undefined) refuse(`${path}.partition`, 'name the device of the partition itself')
  }
  const { additionalConfig = '', strict = false } = ignition?.containerLinuxConfig ?? {}
  for (const { path, why } of containerLinuxAddition(additionalConfig, { strict }).problems) {
    refuse('ignition.containerLinuxConfig.additionalConfig', path === '' ? why : `${path}: ${why}`)
  }
  return found
}
