import type { JsonObject, Resolved } from '@machinepool/contract'

/** What `resolve` puts into `Resolved.inputs`. */
export interface ResolvedInputs {
  /** Reference of the image, `projects/P/global/images/NAME`; absent when there is none, and the problem says why. */
  readonly image?: string
  /** The family that the image was found by; absent when the spec names an image. */
  readonly family?: string
  /** Hash of what the image was looked up by. */
  readonly imageKey: string
  readonly zones: readonly string[]
  /** Project and region of the pool, for references to networks. */
  readonly project: string
  readonly region: string
}

export function toJson(inputs: ResolvedInputs): JsonObject {
  return { ...inputs, zones: [...inputs.zones] }
}

export function readInputs(resolved: Resolved): ResolvedInputs {
  const { image, family, imageKey, zones, project, region } = resolved.inputs
  return {
    ...(typeof image === 'string' ? { image } : {}),
    ...(typeof family === 'string' ? { family } : {}),
    imageKey: typeof imageKey === 'string' ? imageKey : '',
    zones: Array.isArray(zones) ? zones.filter((item) => typeof item === 'string') : [],
    project: typeof project === 'string' ? project : '',
    region: typeof region === 'string' ? region : '',
  }
}
