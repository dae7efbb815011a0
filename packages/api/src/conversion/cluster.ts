import { isJsonObject } from '../toolkit/deep-equal.ts'
import { mappedConversion, objectAt, withSteps } from './mapping.ts'
import { conditionMappings, dropEmpty, flagMapping, referenceMapping } from './values.ts'

/** Cluster v1beta1 <-> v1beta2. Of a managed topology only the class is converted; the rest is kept as it is. */
export const clusterConversion = withSteps(
  mappedConversion([
    flagMapping('spec.paused', 'spec.paused'),
    referenceMapping('spec.controlPlaneRef'),
    referenceMapping('spec.infrastructureRef'),
    { spoke: 'spec.topology.class', hub: 'spec.topology.classRef.name' },
    { spoke: 'spec.topology.classNamespace', hub: 'spec.topology.classRef.namespace' },
    { spoke: 'spec.controlPlaneEndpoint.host', hub: 'spec.controlPlaneEndpoint.host', up: unlessEqual('') },
    { spoke: 'spec.controlPlaneEndpoint.port', hub: 'spec.controlPlaneEndpoint.port', up: unlessEqual(0) },
    ...conditionMappings,
    flagMapping('status.infrastructureReady', 'status.initialization.infrastructureProvisioned'),
    flagMapping('status.controlPlaneReady', 'status.initialization.controlPlaneInitialized'),
    { spoke: 'status.failureDomains', hub: 'status.failureDomains', up: domainsToList, down: domainsToMap },
    { spoke: 'status.v1beta2.controlPlane', hub: 'status.controlPlane' },
    { spoke: 'status.v1beta2.workers', hub: 'status.workers' },
  ]),
  {
    up(body) {
      dropEmpty(objectAt(body, 'spec.clusterNetwork.pods'), 'cidrBlocks')
      dropEmpty(objectAt(body, 'spec.clusterNetwork.services'), 'cidrBlocks')
      dropEmpty(objectAt(body, 'spec.clusterNetwork'), 'pods', 'services')
      dropEmpty(objectAt(body, 'spec'), 'clusterNetwork', 'controlPlaneEndpoint', 'availabilityGates')
      dropEmpty(objectAt(body, 'status'), 'v1beta2')
      dropEmpty(body, 'status')
    },
  },
)

/** v1beta1 writes zero values where v1beta2 leaves fields out. */
function unlessEqual(zero: unknown): (value: unknown) => unknown {
  return (value) => (value === zero ? undefined : value)
}

function domainsToList(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const names = Object.keys(value).toSorted()
  if (names.length === 0) return undefined
  return names.map((name) => ({ name, ...(isJsonObject(value[name]) ? value[name] : {}) }))
}

function domainsToMap(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return Object.fromEntries(value.filter(isJsonObject).map(({ name, ...rest }) => [String(name), rest]))
}
