import type { JsonObject, Resolved } from '@machinepool/contract'

/** What `resolve` puts into `Resolved.inputs`. */
export interface ResolvedInputs {
  /** Absent when there is none that fits; the problem says why. */
  readonly imageId?: string
  /** Hash of what the image was looked up by. */
  readonly imageKey: string
  /** A newer image that fits, while the pool stays with the pinned one. */
  readonly newerImageId?: string
  /** Needed when the spec describes the root volume and does not name its device. */
  readonly rootDeviceName?: string
  readonly subnetIds: readonly string[]
  /** Used where the account's default network is meant: zones were given and no subnet is known. */
  readonly availabilityZones: readonly string[]
  readonly securityGroupIds: readonly string[]
}

export function toJson(inputs: ResolvedInputs): JsonObject {
  return {
    ...inputs,
    subnetIds: [...inputs.subnetIds],
    availabilityZones: [...inputs.availabilityZones],
    securityGroupIds: [...inputs.securityGroupIds],
  }
}

export function readInputs(resolved: Resolved): ResolvedInputs {
  const { imageId, imageKey, newerImageId, rootDeviceName, subnetIds, availabilityZones, securityGroupIds } =
    resolved.inputs
  return {
    ...(typeof imageId === 'string' ? { imageId } : {}),
    imageKey: typeof imageKey === 'string' ? imageKey : '',
    ...(typeof newerImageId === 'string' ? { newerImageId } : {}),
    ...(typeof rootDeviceName === 'string' ? { rootDeviceName } : {}),
    subnetIds: texts(subnetIds),
    availabilityZones: texts(availabilityZones),
    securityGroupIds: texts(securityGroupIds),
  }
}

function texts(value: JsonObject[string]): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
