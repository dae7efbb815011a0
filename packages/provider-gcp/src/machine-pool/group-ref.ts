/** Where a managed instance group is. */
export interface GroupRef {
  readonly project: string
  /** `zones/Z` or `regions/R`. */
  readonly scope: string
  readonly name: string
}

/** Identifier of a group: its path, as `gce://<project>/zones/<zone>/instanceGroupManagers/<name>`. */
export function groupProviderID({ project, scope, name }: GroupRef): string {
  return `gce://${project}/${scope}/instanceGroupManagers/${name}`
}

export function parseGroupProviderID(providerID: string | undefined): GroupRef | undefined {
  const match = /^gce:\/\/([^/]+)\/((?:zones|regions)\/[^/]+)\/instanceGroupManagers\/([^/]+)$/.exec(providerID ?? '')
  return match ? { project: match[1]!, scope: match[2]!, name: match[3]! } : undefined
}

/** The scope in a link to a group. */
export function scopeOfLink(link: string | undefined): string | undefined {
  return /\/((?:zones|regions)\/[^/]+)\/instanceGroupManagers\//.exec(link ?? '')?.[1]
}

/** `us-central1` of `us-central1-a`. */
export function regionOfZone(zone: string): string {
  return zone.slice(0, Math.max(0, zone.lastIndexOf('-')))
}

export function regionOfScope(scope: string): string {
  const [kind, name = ''] = scope.split('/')
  return kind === 'regions' ? name : regionOfZone(name)
}

/** An instance by its link, on whatever host. */
export interface InstanceRef {
  readonly project: string
  readonly zone: string
  readonly name: string
}

export function parseInstanceLink(link: string | undefined): InstanceRef | undefined {
  const match = /(?:^|\/)projects\/([^/]+)\/zones\/([^/]+)\/instances\/([^/?#]+)$/.exec(link ?? '')
  return match ? { project: match[1]!, zone: match[2]!, name: match[3]! } : undefined
}

/** A Node's `spec.providerID` as the cloud provider of GCE writes it. */
export function instanceProviderID({ project, zone, name }: InstanceRef): string {
  return `gce://${project}/${zone}/${name}`
}

/** The instance of a Node's provider ID, as `deleteInstances` takes it. */
export function instancePath(providerID: string): string {
  const [project = '', zone = '', name = ''] = providerID.replace(/^gce:\/\//, '').split('/')
  return `projects/${project}/zones/${zone}/instances/${name}`
}
