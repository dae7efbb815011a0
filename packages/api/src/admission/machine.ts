import type { Machine } from '../kinds/machine.ts'
import { labels } from '../names.ts'
import { forbidden, invalid, outcome, required, type Admit, type FieldError } from './admission.ts'
import { isKubernetesVersion, withLeadingV } from './version.ts'

const defaultNodeDeletionTimeoutSeconds = 10

/** Defaults and validation of a Machine (stored version). */
export const admitMachine: Admit = ({ operation, object, old }) => {
  // The registry has checked that the object has this shape.
  const machine = structuredClone(object) as Machine
  const before = operation === 'UPDATE' ? (old as Machine | undefined) : undefined
  const { spec, metadata } = machine
  metadata.labels = { ...metadata.labels, [labels.clusterName]: spec.clusterName }
  spec.deletion = { nodeDeletionTimeoutSeconds: defaultNodeDeletionTimeoutSeconds, ...spec.deletion }
  if (spec.version !== undefined) spec.version = withLeadingV(spec.version)

  const errors: FieldError[] = []
  const ofPool = metadata.labels[labels.poolName] !== undefined || metadata.ownerReferences?.some(isPool) === true
  // Machines of a pool are made after their instances: they have no bootstrap data of their own.
  if (!ofPool && spec.bootstrap.configRef === undefined && spec.bootstrap.dataSecretName === undefined) {
    errors.push(required('spec.bootstrap', 'either configRef or dataSecretName must be set'))
  }
  if (before !== undefined && before.spec.clusterName !== spec.clusterName) {
    errors.push(forbidden('spec.clusterName', `field is immutable; it is ${JSON.stringify(before.spec.clusterName)}`))
  }
  if (spec.version !== undefined && !isKubernetesVersion(spec.version)) {
    errors.push(invalid('spec.version', spec.version, 'must be a semantic version such as v1.34.2'))
  }
  return outcome(machine, errors)
}

function isPool(owner: { kind: string }): boolean {
  return owner.kind === 'MachinePool'
}
