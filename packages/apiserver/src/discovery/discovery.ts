import type { ResourceDefinition } from '../kinds/definition.ts'
import type { Registry } from '../kinds/registry.ts'
import { compareVersions } from '../kinds/version-order.ts'
import { groupVersion } from '../object.ts'

interface SubresourceInfo {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const editVerbs = ['get', 'patch', 'update']

/** The same in the order in which custom resources show them. */
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

export function verbsOf(definition: ResourceDefinition): readonly string[] {
  if (definition.review === true) return ['create']
  return definition.custom ? customVerbs : allVerbs
}

/** Subresources that only pods, and namespaces, have. */
const extraSubresources: Readonly<Record<string, readonly SubresourceInfo[]>> = {
  pods: [
    { name: 'binding', group: '', version: 'v1', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'log', group: '', version: 'v1', kind: 'Pod', verbs: ['get'] },
  ],
  namespaces: [{ name: 'finalize', group: '', version: 'v1', kind: 'Namespace', verbs: ['update'] }],
}

export function subresourcesOf(definition: ResourceDefinition, versionName: string): SubresourceInfo[] {
  const version = definition.versions.find(({ name }) => name === versionName)
  const { group, kind } = definition
  const status =
    version?.status === true ? [{ name: 'status', group, version: versionName, kind, verbs: editVerbs }] : []
  const scale =
    version?.scale === undefined
      ? []
      : [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: editVerbs }]
  if (definition.custom) return [...status, ...scale]
  return [...(group === '' ? (extraSubresources[definition.plural] ?? []) : []), ...scale, ...status]
}

/** Served versions of a group, most preferred first: v2, v1, v1beta2, v1alpha1. */
function versionsOf(registry: Registry, group: string): string[] {
  const names = registry
    .all()
    .filter(({ definition }) => definition.group === group)
    .flatMap(({ definition }) => definition.versions.filter(({ served }) => served).map(({ name }) => name))
  return [...new Set(names)].toSorted(compareVersions)
}

function groups(registry: Registry): string[] {
  return [...new Set(registry.all().map(({ definition }) => definition.group))].filter((group) => group !== '')
}

function servedIn(registry: Registry, group: string, version: string): ResourceDefinition[] {
  return registry
    .all()
    .map(({ definition }) => definition)
    .filter(
      (definition) =>
        definition.group === group && definition.versions.some(({ name, served: on }) => on && name === version),
    )
    .toSorted((a, b) => (a.plural < b.plural ? -1 : 1))
}

function apiGroup(registry: Registry, group: string): object | undefined {
  const versions = versionsOf(registry, group).map((version) => ({
    groupVersion: groupVersion(group, version),
    version,
  }))
  return versions.length === 0 ? undefined : { name: group, versions, preferredVersion: versions[0] }
}

export function apiVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

export function apiGroupList(registry: Registry): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups(registry)
      .map((group) => apiGroup(registry, group))
      .filter((group) => group !== undefined),
  }
}

export function apiGroupDocument(registry: Registry, group: string): object | undefined {
  const document = apiGroup(registry, group)
  return document === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...document }
}

export function apiResourceList(registry: Registry, group: string, version: string): object | undefined {
  const definitions = servedIn(registry, group, version)
  if (definitions.length === 0) return undefined
  const resources = definitions.flatMap((definition) => [
    {
      name: definition.plural,
      singularName: definition.singular,
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs: verbsOf(definition),
      ...(definition.shortNames.length === 0 ? {} : { shortNames: definition.shortNames }),
      ...(definition.categories.length === 0 ? {} : { categories: definition.categories }),
      ...(definition.review === true ? {} : { storageVersionHash: storageHash(definition) }),
    },
    ...subresourcesOf(definition, version).map((subresource) => ({
      name: `${definition.plural}/${subresource.name}`,
      singularName: '',
      namespaced: definition.namespaced,
      ...(subresource.group === group && subresource.version === version
        ? {}
        : { group: subresource.group, version: subresource.version }),
      kind: subresource.kind,
      verbs: subresource.verbs,
    })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(group, version), resources }
}

/** Changes when objects begin to be stored in another version. */
function storageHash({ group, storageVersion, kind }: ResourceDefinition): string {
  return Buffer.from(`${group}/${storageVersion}/${kind}`).toString('base64').slice(0, 12)
}

/** Everything at once, `apidiscovery.k8s.io/v2`. */
export function aggregatedDiscovery(registry: Registry, core: boolean): object {
  const names = core ? [''] : groups(registry)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((group) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versionsOf(registry, group).map((version) => ({
        version,
        resources: servedIn(registry, group, version).map((definition) => discoveredResource(definition, version)),
        freshness: 'Current',
      })),
    })),
  }
}

function discoveredResource(definition: ResourceDefinition, version: string): object {
  const scope = definition.namespaced ? 'Namespaced' : 'Cluster'
  const { group, kind } = definition
  const subresources = subresourcesOf(definition, version).map((subresource) => ({
    subresource: subresource.name,
    responseKind: { group: subresource.group, version: subresource.version, kind: subresource.kind },
    verbs: subresource.verbs,
  }))
  return {
    resource: definition.plural,
    responseKind: { group, version, kind },
    scope,
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(definition.shortNames.length === 0 ? {} : { shortNames: definition.shortNames }),
    ...(definition.categories.length === 0 ? {} : { categories: definition.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}
