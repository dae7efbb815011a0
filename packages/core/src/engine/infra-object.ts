import type { InfraMachinePoolKind, JsonObject } from '@machinepool/contract'
import type { KubeObject, Resource } from '@machinepool/kube'

/** An infrastructure machine pool object of any kind, as far as the engine reads and writes it. */
export interface InfraObject extends KubeObject {
  spec?: JsonObject & { providerID?: string; providerIDList?: string[] }
  status?: JsonObject & {
    ready?: boolean
    replicas?: number
    initialization?: { provisioned?: boolean }
    infrastructureMachineKind?: string
  }
}

export function infraResource(kind: InfraMachinePoolKind): Resource<InfraObject> {
  return { group: kind.group, version: kind.version, kind: kind.kind, plural: kind.plural, namespaced: true }
}
