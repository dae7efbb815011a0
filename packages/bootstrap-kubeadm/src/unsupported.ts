import type { KubeadmConfigSpec } from '@machinepool/api'

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
  return files.flatMap(({ content, contentFrom, contentFormat }, index) => {
    const path = `spec.files[${index}]`
    if (contentFormat === 'Template')
      return [{ path: `${path}.contentFormat`, why: 'templates are not rendered; use Raw' }]
    if (content !== undefined && contentFrom !== undefined) {
      return [{ path: `${path}.contentFrom`, why: 'content and contentFrom exclude each other' }]
    }
    return []
  })
}

function ofCloudConfig({ ignition }: KubeadmConfigSpec): UnsupportedField[] {
  return ignition === undefined ? [] : [{ path: 'spec.ignition', why: 'it needs spec.format: ignition' }]
}

function ofIgnition(_spec: KubeadmConfigSpec): UnsupportedField[] {
  return [{ path: 'spec.format', why: 'ignition is not rendered; use cloud-config' }]
}
