import type { AdmissionRequest, AdmissionResult, UnknownApiObject } from '@machinepool/api'

import { awsMachinePoolKind } from './aws-machine-pool.ts'

/** What upstream's defaulting webhook writes where the spec is silent. */
const defaultDuration = '300s'

/**
 * Fills in what upstream's webhook fills in and a CRD cannot, so that either side reads the same spec. Everything that
 * can be wrong is a rule of the CRD.
 */
export function admitAwsObject(request: AdmissionRequest): AdmissionResult {
  const { object, operation, subresource } = request
  if (operation === 'DELETE' || subresource !== undefined) return { object, warnings: [] }
  return {
    object: object.kind === awsMachinePoolKind.kind ? withDurations(object) : object,
    warnings: [],
  }
}

function withDurations(object: UnknownApiObject): UnknownApiObject {
  const { spec } = object
  if (typeof spec !== 'object' || spec === null) return object
  const { defaultCoolDown, defaultInstanceWarmup } = spec as Record<string, unknown>
  return {
    ...object,
    spec: {
      ...spec,
      defaultCoolDown: isZero(defaultCoolDown) ? defaultDuration : defaultCoolDown,
      defaultInstanceWarmup: isZero(defaultInstanceWarmup) ? defaultDuration : defaultInstanceWarmup,
    },
  }
}

function isZero(duration: unknown): boolean {
  return duration === undefined || duration === '' || duration === '0s' || duration === '0'
}
