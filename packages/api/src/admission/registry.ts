import { kubeadmConfigKind } from '../kinds/kubeadm-config.ts'
import { machineKind } from '../kinds/machine.ts'
import { machinePoolKind } from '../kinds/machine-pool.ts'
import { parseApiVersion } from '../toolkit/object.ts'
import {
  defaultFeatureGates,
  type AdmissionRequest,
  type AdmissionResult,
  type Admit,
  type FeatureGates,
} from './admission.ts'
import { admitKubeadmConfig } from './kubeadm-config.ts'
import { admitMachine } from './machine.ts'
import { admitMachinePool } from './machine-pool.ts'

const core: ReadonlyMap<string, Admit> = new Map([
  [key(machinePoolKind.group, machinePoolKind.kind), admitMachinePool],
  [key(machineKind.group, machineKind.kind), admitMachine],
  [key(kubeadmConfigKind.group, kubeadmConfigKind.kind), admitKubeadmConfig],
])

/** Fills in defaults and validates an object of any kind; kinds without rules of their own are let through. */
export function admit(request: AdmissionRequest, gates: FeatureGates = defaultFeatureGates): AdmissionResult {
  const { group } = parseApiVersion(request.object.apiVersion)
  const rules = core.get(key(group, request.object.kind))
  return rules === undefined ? { allowed: true, object: request.object, warnings: [] } : rules(request, gates)
}

function key(group: string, kind: string): string {
  return `${kind}.${group}`
}
