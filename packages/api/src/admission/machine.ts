import type { Machine } from '../kinds/machine.ts'
import { labels } from '../names.ts'
import { forbidden, invalid, required, type Admit, type Cause } from './admission.ts'
import { isKubernetesVersion, withLeadingV } from './version.ts'

const defaultNodeDeletionTimeoutSeconds = 10

/** Defaults and validation of a Machine (stored version). */
export const admitMachine: Admit = ({ operation, object, old }) => {
  // The schema of the CRD has been checked before admission.
  const machine = structuredClone(object) as Machine
  const before = operation === 'UPDATE' ? (old as Machine | undefined) : undefined
  const { spec, metadata } = machine
  metadata.labels = { ...metadata.labels, [labels.clusterName]: spec.clusterName }
  spec.deletion = { nodeDeletionTimeoutSeconds: defaultNodeDeletionTimeoutSeconds, ...spec.deletion }
  if (spec.version !== undefined) spec.version = withLeadingV(spec.version)

  const causes: Cause[] = []
  const ofPool = metadata.labels[labels.poolName] !== undefined || metadata.ownerReferences?.some(isPool) === true
  // Machines of a pool are made after their instances: they have no bootstrap data of their own.
  if (!ofPool && spec.bootstrap.configRef === undefined && spec.bootstrap.dataSecretName === undefined) {
    causes.push(required('spec.bootstrap', 'either configRef or dataSecretName must be set'))
  }
  if (before !== undefined && before.spec.clusterName !== spec.clusterName) {
    causes.push(forbidden('spec.clusterName', `field is immutable; it is ${JSON.stringify(before.spec.clusterName)}`))
  }
  if (spec.version !== undefined && !isKubernetesVersion(spec.version)) {
    causes.push(invalid('spec.version', spec.version, 'must be a semantic version such as v1.34.2'))
  }
  return causes.length > 0 ? { allowed: false, causes } : { allowed: true, object: machine, warnings: [] }
}

function isPool(owner: { kind: string }): boolean {
  return owner.kind === 'MachinePool'
}
