import type { Static, TObject } from 'typebox'

import { formatApiVersion, type ObjectMeta } from './object.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** JSONPath from the object's root, e.g. `.spec.replicas`. */
  jsonPath: string
  description?: string
  format?: string
  /** Above 0: shown with `-o wide` only. */
  priority?: number
}

export interface ScalePaths {
  specReplicasPath: string
  statusReplicasPath: string
  labelSelectorPath?: string
}

/** One version of a kind. */
export interface KindVersion<S extends TObject = TObject> {
  /** Everything but apiVersion, kind and metadata: an object schema with `spec`, and mostly `status`. */
  readonly schema: S
  /** Default true. */
  readonly served?: boolean
  /** Exactly one version of a kind is stored. */
  readonly storage?: boolean
  readonly deprecated?: boolean
  /** Sent to clients that use a deprecated version. */
  readonly deprecationWarning?: string
  /** Set where a schema must say that metadata is required. */
  readonly metadataRequired?: boolean
  readonly subresources?: { readonly status?: boolean; readonly scale?: ScalePaths }
  readonly printerColumns?: readonly PrinterColumn[]
}

/** The versions of a kind by name, in the order of the CRD. */
export type KindVersions = Readonly<Record<string, KindVersion>>

export interface KindDefinition<V extends KindVersions = KindVersions> {
  readonly group: string
  readonly kind: string
  /** Default: the kind in lower case plus `s`. */
  readonly plural?: string
  readonly singular?: string
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  /** `kubectl get cluster-api` lists every kind of that category. */
  readonly categories?: readonly string[]
  /** Default `Namespaced`. */
  readonly scope?: 'Namespaced' | 'Cluster'
  /** Labels of the CRD itself, e.g. the contract labels that tell Cluster API which version to read. */
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly versions: V
}

/** A kind whose names are all filled in. */
export interface Kind<V extends KindVersions = KindVersions> {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly scope: 'Namespaced' | 'Cluster'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly versions: V
  readonly storageVersion: string
}

/** The object type of a version's schema. */
export type ObjectOf<S extends TObject> = { apiVersion: string; kind: string; metadata: ObjectMeta } & Static<S>

/** Where objects of a kind are served; structurally the client's `Resource`. */
export interface KindResource<T> {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Never set: carries the object's type. */
  readonly shape?: T
}

/**
 * Defines a kind: names, versions and their schemas in one place.
 *
 * Throws `TypeError` when not exactly one version is stored, or when a stored version is unknown to the schema builder.
 */
export function defineKind<const V extends KindVersions>(definition: KindDefinition<V>): Kind<V> {
  const stored = Object.entries(definition.versions).filter(([, version]) => version.storage === true)
  const [first] = stored
  if (first === undefined || stored.length > 1) {
    throw new TypeError(`${definition.kind}: exactly one version must have storage: true, found ${stored.length}`)
  }
  const singular = definition.singular ?? definition.kind.toLowerCase()
  return {
    group: definition.group,
    kind: definition.kind,
    plural: definition.plural ?? `${singular}s`,
    singular,
    listKind: definition.listKind ?? `${definition.kind}List`,
    shortNames: definition.shortNames ?? [],
    categories: definition.categories ?? [],
    scope: definition.scope ?? 'Namespaced',
    labels: definition.labels ?? {},
    annotations: definition.annotations ?? {},
    versions: definition.versions,
    storageVersion: first[0],
  }
}

type StoredObject<V extends KindVersions> = {
  [N in keyof V]: V[N] extends { readonly storage: true } ? ObjectOf<V[N]['schema']> : never
}[keyof V]

/** Where the stored version of a kind is served. */
export function resourceOf<V extends KindVersions>(kind: Kind<V>): KindResource<StoredObject<V>>
/** Where one version of a kind is served. Throws `TypeError` for a version the kind does not have. */
export function resourceOf<V extends KindVersions, N extends keyof V & string>(
  kind: Kind<V>,
  version: N,
): KindResource<ObjectOf<V[N]['schema']>>
export function resourceOf(kind: Kind, version: string = kind.storageVersion): KindResource<unknown> {
  if (kind.versions[version] === undefined) {
    throw new TypeError(`${kind.kind} has no version ${version}; it has ${Object.keys(kind.versions).join(', ')}`)
  }
  return {
    group: kind.group,
    version,
    kind: kind.kind,
    plural: kind.plural,
    namespaced: kind.scope === 'Namespaced',
  }
}

/** `group/version` of a kind, by default of the stored version. */
export function apiVersionOf(kind: Kind, version: string = kind.storageVersion): string {
  return formatApiVersion(kind.group, version)
}
