import { isObject, type JsonObject } from '../../../json.ts'
import type { Behaviour } from '../../definition.ts'
import { emptyStatus, fill, items } from './fields.ts'

export const networkPolicy: Behaviour = {
  default(object) {
    const { spec } = object
    if (isObject(spec)) spec['policyTypes'] ??= ['Ingress', ...(spec['egress'] === undefined ? [] : ['Egress'])]
  },
}

export const ingress: Behaviour = {
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} }
  },
}

export const horizontalPodAutoscaler: Behaviour = {
  withoutGeneration: true,
  default(object) {
    fill(object, 'spec.minReplicas', 1)
    const target = { type: 'Utilization', averageUtilization: 80 }
    fill(object, 'spec.metrics', [{ type: 'Resource', resource: { name: 'cpu', target } }])
  },
  prepareCreate(object) {
    object['status'] = { desiredReplicas: 0 }
  },
  complete(object) {
    if (isObject(object['status'])) object['status']['currentMetrics'] ??= null
  },
}

export const certificateSigningRequest: Behaviour = { withoutGeneration: true, prepareCreate: emptyStatus }

export const validatingAdmissionPolicy: Behaviour = {
  default(object) {
    fill(object, 'spec.failurePolicy', 'Fail')
    if (isObject(object['spec'])) defaultConstraints(object['spec'], 'matchConstraints')
  },
  prepareCreate: emptyStatus,
}

export const validatingAdmissionPolicyBinding: Behaviour = {
  default(object) {
    if (isObject(object['spec'])) defaultConstraints(object['spec'], 'matchResources')
  },
}

function defaultConstraints(spec: JsonObject, field: string): void {
  const constraints = spec[field]
  if (!isObject(constraints)) return
  constraints['matchPolicy'] ??= 'Equivalent'
  constraints['namespaceSelector'] ??= {}
  constraints['objectSelector'] ??= {}
  for (const rule of [...items(constraints, 'resourceRules'), ...items(constraints, 'excludeResourceRules')])
    rule['scope'] ??= '*'
}
