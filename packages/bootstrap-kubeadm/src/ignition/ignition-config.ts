/** A part of an Ignition configuration whose fields depend on where it stands. */
export type IgnitionPart = Readonly<Record<string, unknown>>

/**
 * An Ignition configuration of version 2.3.0, which Container Linux and Flatcar read at any age.
 * https://coreos.github.io/ignition/configuration-v2_3/
 */
export interface IgnitionConfig {
  readonly ignition: IgnitionPart & { readonly version: '2.3.0' }
  readonly passwd?: IgnitionPart
  readonly storage?: IgnitionPart
  readonly systemd?: IgnitionPart
  readonly networkd?: IgnitionPart
}

/** What a second configuration adds: everything but the version. */
export type IgnitionAddition = Readonly<Partial<Record<keyof IgnitionConfig, IgnitionPart>>>

/**
 * A configuration with another appended: lists one after the other, single values from the second where it has them.
 * https://coreos.github.io/ignition/operator-notes/#config-merging
 */
export function appendIgnition(base: IgnitionConfig, addition: IgnitionAddition): IgnitionConfig {
  return { ...base, ...merge({ ...base }, addition) }
}

function merge(base: IgnitionPart, addition: IgnitionPart): IgnitionPart {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(addition)) {
    const present = merged[name]
    if (Array.isArray(present) && Array.isArray(value)) merged[name] = [...present, ...value]
    else merged[name] = isPart(present) && isPart(value) ? merge(present, value) : (value ?? present)
  }
  return merged
}

function isPart(value: unknown): value is IgnitionPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** File contents as the URL that Ignition fetches them from (RFC 2397). */
export function dataUrl(content: string | Uint8Array): string {
  if (typeof content === 'string') return `data:,${encodeURIComponent(content)}`
  return `data:;base64,${Buffer.from(content).toString('base64')}`
}
