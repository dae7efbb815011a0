import type { KubeadmConfig, KubeadmConfigSpec } from '../kinds/kubeadm-config.ts'
import { forbidden, invalid, type Admit, type Cause } from './admission.ts'

/** Defaults and validation of a KubeadmConfig (stored version). */
export const admitKubeadmConfig: Admit = ({ object }) => {
  // The schema of the CRD has been checked before admission.
  const config = structuredClone(object) as KubeadmConfig
  if (config.spec === undefined) return { allowed: true, object: config, warnings: [] }
  config.spec.format ??= 'cloud-config'
  const causes = [...validateFiles(config.spec), ...validateUsers(config.spec), ...validateFormat(config.spec)]
  return causes.length > 0 ? { allowed: false, causes } : { allowed: true, object: config, warnings: [] }
}

function validateFiles({ files = [] }: KubeadmConfigSpec): Cause[] {
  const causes: Cause[] = []
  const seen = new Set<string>()
  for (const [index, { path, content, contentFrom }] of files.entries()) {
    if (content !== undefined && contentFrom !== undefined) {
      causes.push(forbidden(`spec.files[${index}]`, 'only one of content and contentFrom may be set'))
    }
    if (seen.has(path)) {
      causes.push({
        field: `spec.files[${index}].path`,
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(path)}`,
      })
    }
    seen.add(path)
  }
  return causes
}

function validateUsers({ users = [] }: KubeadmConfigSpec): Cause[] {
  return users.flatMap(({ passwd, passwdFrom }, index) =>
    passwd !== undefined && passwdFrom !== undefined
      ? [forbidden(`spec.users[${index}]`, 'only one of passwd and passwdFrom may be set')]
      : [],
  )
}

function validateFormat(spec: KubeadmConfigSpec): Cause[] {
  if (spec.format !== 'ignition') {
    return spec.ignition === undefined
      ? []
      : [invalid('spec.ignition', spec.ignition, 'may be set only if spec.format is ignition')]
  }
  // Ignition runs once, before the network is up: it has no place for these.
  const causes: Cause[] = []
  if (spec.bootCommands !== undefined) {
    causes.push(forbidden('spec.bootCommands', 'not supported when spec.format is ignition'))
  }
  for (const [index, { inactive }] of (spec.users ?? []).entries()) {
    if (inactive === true) {
      causes.push(forbidden(`spec.users[${index}].inactive`, 'not supported when spec.format is ignition'))
    }
  }
  return causes
}
