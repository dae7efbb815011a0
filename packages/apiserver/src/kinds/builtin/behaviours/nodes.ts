import type { FieldError } from '../../../failure.ts'
import { isObject, setAt, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import { isCidr } from '../../../schema/formats.ts'
import type { Behaviour } from '../../definition.ts'
import { fillTimes, items } from './fields.ts'

export const node: Behaviour = {
  withoutGeneration: true,
  default(object) {
    if (!isObject(object['spec'])) object['spec'] = {}
    const status = isObject(object['status']) ? object['status'] : (object['status'] = {} as JsonObject)
    const { podCIDR, podCIDRs } = object['spec'] as JsonObject
    if (typeof podCIDR === 'string' && podCIDRs === undefined) setAt(object, ['spec', 'podCIDRs'], [podCIDR])
    else if (podCIDR === undefined && Array.isArray(podCIDRs)) setAt(object, ['spec', 'podCIDR'], podCIDRs[0])
    if (isObject(status['capacity'])) status['allocatable'] ??= { ...status['capacity'] }
    status['daemonEndpoints'] = { kubeletEndpoint: { Port: 0 }, ...(status['daemonEndpoints'] as object | undefined) }
    status['nodeInfo'] = { ...unknownNode, ...(status['nodeInfo'] as object | undefined) }
  },
  complete(object) {
    for (const condition of items(object, 'status.conditions')) fillTimes(condition, 'lastHeartbeatTime')
  },
  validate(object, old) {
    const former = valueAt(old, ['spec', 'providerID'])
    const errors = podNetworkErrors(object)
    if (former === undefined || former === valueAt(object, ['spec', 'providerID'])) return errors
    const detail = 'node updates may not change providerID except from "" to valid'
    return [...errors, { type: 'FieldValueForbidden', field: 'spec.providerID', detail }]
  },
}

function podNetworkErrors(object: KubeObject): FieldError[] {
  const networks = valueAt(object, ['spec', 'podCIDRs'])
  if (!Array.isArray(networks)) return []
  const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
  return networks.flatMap((value: unknown, index): FieldError[] =>
    typeof value === 'string' && isCidr(value)
      ? []
      : [{ type: 'FieldValueInvalid', field: `spec.podCIDRs[${index}]`, value, detail }],
  )
}

/** What a Node says of its machine is never left out. */
const unknownNode = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}
