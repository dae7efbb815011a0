import { kubeadmConfigKind } from '../kinds/kubeadm-config.ts'
import { machineKind } from '../kinds/machine.ts'
import { machinePoolKind } from '../kinds/machine-pool.ts'
import { toOpenApiSchema, type StructuralSchema } from '../toolkit/crd.ts'
import type { Kind } from '../toolkit/kind.ts'
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
import { hasShape } from './shape.ts'

interface Entry {
  readonly rules: Admit
  readonly schema: StructuralSchema
}

const registry: ReadonlyMap<string, Entry> = new Map([
  entry(machinePoolKind, admitMachinePool),
  entry(machineKind, admitMachine),
  entry(kubeadmConfigKind, admitKubeadmConfig),
])

/**
 * Fills in defaults and validates an object of any kind. Let through as they are: kinds without rules of their own,
 * deletions, writes to subresources, and objects so malformed that the schema will refuse them anyhow.
 */
export function admit(request: AdmissionRequest, gates: FeatureGates = defaultFeatureGates): AdmissionResult {
  const { object, operation, subresource } = request
  const { group } = parseApiVersion(object.apiVersion)
  const found = registry.get(`${object.kind}.${group}`)
  if (found === undefined || operation === 'DELETE' || subresource !== undefined || !hasShape(found.schema, object)) {
    return { object, warnings: [] }
  }
  return found.rules(request, gates)
}

function entry(kind: Kind, rules: Admit): [string, Entry] {
  const stored = kind.versions[kind.storageVersion]
  if (stored === undefined) throw new TypeError(`${kind.kind} has no stored version`)
  return [`${kind.kind}.${kind.group}`, { rules, schema: toOpenApiSchema(stored) }]
}
