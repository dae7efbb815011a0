import { mappedConversion, objectAt, withSteps } from './mapping.ts'
import { conditionMappings, dropEmpty, flagMapping, machineSpecMappings } from './values.ts'

/** MachinePool v1beta1 <-> v1beta2. Counters of the two versions differ in meaning, so each keeps its own place. */
export const machinePoolConversion = withSteps(
  mappedConversion([
    { spoke: 'spec.minReadySeconds', hub: 'spec.template.spec.minReadySeconds' },
    ...machineSpecMappings('spec.template.spec'),
    ...conditionMappings,
    flagMapping('status.bootstrapReady', 'status.initialization.bootstrapDataSecretCreated'),
    flagMapping('status.infrastructureReady', 'status.initialization.infrastructureProvisioned'),
    { spoke: 'status.readyReplicas', hub: 'status.deprecated.v1beta1.readyReplicas' },
    { spoke: 'status.availableReplicas', hub: 'status.deprecated.v1beta1.availableReplicas' },
    { spoke: 'status.unavailableReplicas', hub: 'status.deprecated.v1beta1.unavailableReplicas' },
    { spoke: 'status.v1beta2.readyReplicas', hub: 'status.readyReplicas' },
    { spoke: 'status.v1beta2.availableReplicas', hub: 'status.availableReplicas' },
    { spoke: 'status.v1beta2.upToDateReplicas', hub: 'status.upToDateReplicas' },
  ]),
  {
    up(body) {
      dropEmpty(objectAt(body, 'spec.template'), 'metadata')
      dropEmpty(objectAt(body, 'spec.template.spec'), 'readinessGates')
      dropEmpty(objectAt(body, 'status'), 'v1beta2')
      dropEmpty(body, 'status')
    },
  },
)
