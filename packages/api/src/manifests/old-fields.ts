import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import type { UnknownApiObject } from '../toolkit/object.ts'

/** Fields of v1alpha3 and v1alpha4 that v1beta1 no longer had, by kind. */
const goneFields: Readonly<Record<string, readonly string[]>> = {
  MachinePool: [
    'spec.strategy',
    'spec.template.metadata.name',
    'spec.template.metadata.generateName',
    'spec.template.metadata.namespace',
    'spec.template.metadata.ownerReferences',
    'spec.template.spec.bootstrap.data',
  ],
  Machine: ['spec.bootstrap.data'],
  KubeadmConfig: [
    'spec.clusterConfiguration.useHyperKubeImage',
    'spec.clusterConfiguration.dns.type',
    'spec.joinConfiguration.controlPlane.certificateKey',
    'spec.initConfiguration.certificateKey',
    'status.bootstrapData',
  ],
}

// v1beta1 had these, v1beta2 has not; a manifest should not carry them on unnoticed.
const withoutEffect: Readonly<Record<string, readonly string[]>> = {
  KubeadmConfig: [
    'spec.useExperimentalRetryJoin',
    'spec.clusterConfiguration.clusterName',
    'spec.clusterConfiguration.kubernetesVersion',
    'spec.clusterConfiguration.networking',
  ],
}

/** Removes, in place, fields that current versions do not have; returns the paths of those that were there. */
export function dropOldFields(object: UnknownApiObject): string[] {
  const paths = [...(goneFields[object.kind] ?? []), ...(withoutEffect[object.kind] ?? [])]
  return paths.filter((path) => remove(object, path.split('.')))
}

function remove(from: JsonObject, [key = '', ...rest]: readonly string[]): boolean {
  if (!Object.hasOwn(from, key)) return false
  if (rest.length === 0) return delete from[key]
  const next = from[key]
  return isJsonObject(next) && remove(next, rest)
}
