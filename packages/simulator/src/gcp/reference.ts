/** What a reference in a request or a self link points to. */
export interface Reference {
  /** Absent when the reference does not say: the project of the request. */
  readonly project?: string
  /** Below the project: `zones/us-central1-a/instances/vm`. */
  readonly path: string
}

/** Reads a full link on any host, or a partial one: `projects/p/global/images/i`, `global/images/i`. */
export function parseReference(text: string): Reference {
  const below = /^(?:https?:\/\/.+?\/|\/)?projects\/([^/]+)\/(.+)$/.exec(text)
  if (below) return { project: below[1]!, path: below[2]! }
  return { path: text.replace(/^https?:\/\/[^/]+\/(?:compute\/[^/]+\/)?/, '').replace(/^\//, '') }
}

/** The last segment of a path or link. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `zones/us-central1-a`, `regions/us-central1` or `global`. */
export function scopeOf(path: string): string {
  return path.startsWith('global/') ? 'global' : path.split('/').slice(0, 2).join('/')
}

/** Splits off a region: `us-central1-a` lies in `us-central1`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf('-'))
}
