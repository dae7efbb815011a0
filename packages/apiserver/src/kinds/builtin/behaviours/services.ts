import { isObject, valueAt } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import type { Behaviour } from '../../definition.ts'
import { fill, items } from './fields.ts'

export const service: Behaviour = {
  returnsDeleted: true,
  default(object) {
    fill(object, 'spec.type', 'ClusterIP')
    fill(object, 'spec.sessionAffinity', 'None')
    if (valueAt(object, ['spec', 'type']) !== 'ExternalName') fill(object, 'spec.internalTrafficPolicy', 'Cluster')
    for (const port of items(object, 'spec.ports')) {
      port['protocol'] ??= 'TCP'
      port['targetPort'] ??= port['port']
    }
  },
  withoutGeneration: true,
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} }
  },
  allocate: allocateAddress,
  prepareUpdate(object, old) {
    if (valueAt(object, ['spec', 'type']) === 'ExternalName') return
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      fill(object, `spec.${field}`, valueAt(old, ['spec', field]))
  },
}

/** Where addresses of services come from, as in a cluster that kubeadm makes: 10.96.0.0/12, of which the first is the API's. */
const firstAddress = (10 << 24) + (96 << 16) + 2
const addresses = 2 ** 20 - 4

/** Gives a service an address of its own; nothing listens on it. */
function allocateAddress(object: KubeObject, others: () => Iterable<KubeObject>): void {
  const { spec } = object
  if (!isObject(spec) || spec['type'] === 'ExternalName') return
  if (spec['clusterIP'] === undefined) {
    const taken = new Set([...others()].map((other) => valueAt(other, ['spec', 'clusterIP'])))
    // Where the search begins is as good as random, for deleted services' addresses not to be taken at once.
    let offset = Number.parseInt((object.metadata.uid ?? '').slice(0, 8), 16) % addresses
    while (taken.has(textOfAddress(offset))) offset = (offset + 1) % addresses
    spec['clusterIP'] = textOfAddress(offset)
  }
  spec['clusterIPs'] ??= [spec['clusterIP']]
  spec['ipFamilies'] ??= ['IPv4']
  spec['ipFamilyPolicy'] ??= 'SingleStack'
}

function textOfAddress(offset: number): string {
  const address = firstAddress + offset
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}
