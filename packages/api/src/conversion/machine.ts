import { isJsonObject } from '../toolkit/deep-equal.ts'
import { mappedConversion, objectAt, withSteps } from './mapping.ts'
import { conditionMappings, dropEmpty, flagMapping, machineSpecMappings } from './values.ts'

/** Machine v1beta1 <-> v1beta2. */
export const machineConversion = withSteps(
  mappedConversion([
    ...machineSpecMappings('spec'),
    ...conditionMappings,
    // A phase that v1beta1 doesn't have.
    { spoke: 'status.phase', hub: 'status.phase', down: (value) => (value === 'Updating' ? 'Running' : value) },
    {
      spoke: 'status.nodeRef',
      hub: 'status.nodeRef',
      up: (value) => (isJsonObject(value) && value['name'] !== undefined ? { name: value['name'] } : undefined),
      down: (value) => (isJsonObject(value) ? { apiVersion: 'v1', kind: 'Node', ...value } : value),
    },
    flagMapping('status.bootstrapReady', 'status.initialization.bootstrapDataSecretCreated'),
    flagMapping('status.infrastructureReady', 'status.initialization.infrastructureProvisioned'),
  ]),
  {
    up(body) {
      dropEmpty(objectAt(body, 'spec'), 'readinessGates')
      dropEmpty(objectAt(body, 'status'), 'v1beta2')
      dropEmpty(body, 'status')
    },
  },
)
