import { kubeadmConfigKind, type KubeadmConfig, type KubeadmConfigSpec } from '@machinepool/api'
import { renderBootstrapData } from '@machinepool/bootstrap-kubeadm'

import { arbitraryObject } from './arbitrary-object.ts'

export const joinToken = 'abcdef.0123456789abcdef'
export const caCertHash = 'sha256:7c2e69131a36ae2a042a339b33381c6d0d43887e2de83720eff5359e26aec866'
export const apiServerEndpoint = 'prod.example.com:6443'

/** What a worker can be asked for; the rest is refused before anything is rendered. */
export const arbitraryWorker = arbitraryObject(kubeadmConfigKind, 'v1beta2')
  .map((object) => (object as KubeadmConfig).spec ?? {})
  .map((spec): KubeadmConfigSpec => {
    const join = without(spec.joinConfiguration ?? {}, ['controlPlane', 'discovery'])
    const files = spec.files?.map((file) => ({
      content: 'a: b\n',
      ...without(file, ['contentFrom', 'contentFormat']),
    }))
    const users = spec.users?.map((user) => without(user, ['passwdFrom']))
    return {
      ...without(spec, ['initConfiguration', 'clusterConfiguration', 'ignition', 'format']),
      joinConfiguration: join,
      ...(files && { files }),
      ...(users && { users }),
    }
  })

/** A value without some of its fields. */
export function without<T extends object, K extends keyof T>(value: T, fields: readonly K[]): Omit<T, K> {
  const kept = Object.entries(value).filter(([name]) => !(fields as readonly string[]).includes(name))
  return Object.fromEntries(kept) as Omit<T, K>
}

/** The bootstrap data of a worker, with a token. */
export function renderWorker(spec: KubeadmConfigSpec, api: 'v1beta3' | 'v1beta4'): string {
  return renderBootstrapData({
    spec,
    api,
    discovery: { kind: 'token', token: joinToken, apiServerEndpoint, caCertHashes: [caCertHash] },
    files: (spec.files ?? []).map((file) => ({ ...file, content: file.content ?? '' })),
    users: spec.users ?? [],
  }).value
}
