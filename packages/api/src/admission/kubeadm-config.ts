import type { KubeadmConfig, KubeadmConfigSpec } from '../kinds/kubeadm-config.ts'
import { forbidden, invalid, outcome, type Admit, type FieldError } from './admission.ts'

/** Validation of a KubeadmConfig (stored version); nothing is filled in. */
export const admitKubeadmConfig: Admit = ({ object }) => {
  // The registry has checked that the object has this shape.
  const { spec = {} } = object as KubeadmConfig
  return outcome(object, [
    ...validateFiles(spec),
    ...validateUsers(spec),
    ...validateFormat(spec),
    ...validateDisks(spec),
    ...validateDiscovery(spec),
  ])
}

function validateFiles({ files = [] }: KubeadmConfigSpec): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, { path, content, contentFrom }] of files.entries()) {
    if (content !== undefined && contentFrom !== undefined) {
      errors.push(forbidden(`spec.files[${index}]`, 'only one of content and contentFrom may be set'))
    }
    if (seen.has(path)) {
      errors.push({
        field: `spec.files[${index}].path`,
        type: 'Duplicate',
        message: '',
        value: path,
      })
    }
    seen.add(path)
  }
  return errors
}

function validateUsers({ users = [] }: KubeadmConfigSpec): FieldError[] {
  return users.flatMap(({ passwd, passwdFrom }, index) =>
    passwd !== undefined && passwdFrom !== undefined
      ? [forbidden(`spec.users[${index}]`, 'only one of passwd and passwdFrom may be set')]
      : [],
  )
}

function validateFormat(spec: KubeadmConfigSpec): FieldError[] {
  if (spec.format !== 'ignition') {
    return spec.ignition === undefined
      ? []
      : [invalid('spec.ignition', spec.ignition, 'may be set only if spec.format is ignition')]
  }
  // Ignition runs once, before the network is up: it has no place for these.
  const errors: FieldError[] = []
  const refuse = (field: string): void => {
    errors.push(forbidden(`spec.${field}`, 'not supported when spec.format is ignition'))
  }
  if (spec.bootCommands !== undefined) refuse('bootCommands')
  for (const [index, { inactive }] of (spec.users ?? []).entries()) {
    if (inactive === true) refuse(`users[${index}].inactive`)
  }
  for (const [index, { encoding }] of (spec.files ?? []).entries()) {
    if (encoding === 'gzip' || encoding === 'gzip+base64') refuse(`files[${index}].encoding`)
  }
  for (const [index, { tableType = 'gpt' }] of (spec.diskSetup?.partitions ?? []).entries()) {
    const field = `spec.diskSetup.partitions[${index}].tableType`
    if (tableType !== 'gpt') errors.push(invalid(field, tableType, 'must be gpt when spec.format is ignition'))
  }
  for (const [index, { replaceFS, partition }] of (spec.diskSetup?.filesystems ?? []).entries()) {
    if (replaceFS !== undefined) refuse(`diskSetup.filesystems[${index}].replaceFS`)
    if (partition !== undefined) refuse(`diskSetup.filesystems[${index}].partition`)
  }
  return errors
}

function validateDisks({ diskSetup }: KubeadmConfigSpec): FieldError[] {
  return (diskSetup?.partitions ?? []).flatMap(({ diskLayout = [] }, index) => {
    const sum = diskLayout.reduce((total, { percentage }) => total + percentage, 0)
    const field = `spec.diskSetup.partitions[${index}].diskLayout`
    return sum > 100 ? [invalid(field, sum, 'the percentages must not add up to more than 100')] : []
  })
}

function validateDiscovery({ joinConfiguration }: KubeadmConfigSpec): FieldError[] {
  const user = joinConfiguration?.discovery?.file?.kubeConfig?.user
  if (user?.authProvider === undefined || user.exec === undefined) return []
  const field = 'spec.joinConfiguration.discovery.file.kubeConfig.user'
  return [forbidden(field, 'only one of authProvider and exec may be set')]
}
