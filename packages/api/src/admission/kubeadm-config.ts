import type { KubeadmConfig, KubeadmConfigSpec } from '../kinds/kubeadm-config.ts'
import { forbidden, invalid, outcome, type Admit, type FieldError } from './admission.ts'

/** Defaults and validation of a KubeadmConfig (stored version). */
export const admitKubeadmConfig: Admit = ({ object }) => {
  // The registry has checked that the object has this shape.
  const config = structuredClone(object) as KubeadmConfig
  if (config.spec === undefined) return outcome(config, [])
  config.spec.format ??= 'cloud-config'
  return outcome(config, [...validateFiles(config.spec), ...validateUsers(config.spec), ...validateFormat(config.spec)])
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
  if (spec.bootCommands !== undefined) {
    errors.push(forbidden('spec.bootCommands', 'not supported when spec.format is ignition'))
  }
  for (const [index, { inactive }] of (spec.users ?? []).entries()) {
    if (inactive === true) {
      errors.push(forbidden(`spec.users[${index}].inactive`, 'not supported when spec.format is ignition'))
    }
  }
  return errors
}
