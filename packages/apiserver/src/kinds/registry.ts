import type { Hooks, KindHooks } from '../hooks.ts'
import { clone, deepEqual } from '../json.ts'
import { groupKind, groupVersion, type KubeObject } from '../object.ts'
import { compileCelRules, type CelRules } from '../schema/cel.ts'
import { applyDefaults } from '../schema/default.ts'
import { prune } from '../schema/prune.ts'
import { compileValidator, type Validator } from '../schema/validate.ts'
import { convertByWebhook } from '../webhooks/conversion.ts'
import type { WebhookClient } from '../webhooks/client.ts'
import type { Outside } from '../webhooks/outside.ts'
import type { Entry } from '../storage/object-store.ts'
import { builtinDefinitions } from './builtin/definitions.ts'
import { metadataSchema } from './builtin/shapes.ts'
import type { ResourceDefinition, ResourceVersion } from './definition.ts'

/** A kind with what is compiled from its schemas. */
export class Kind {
  readonly definition: ResourceDefinition
  readonly hooks: KindHooks
  readonly #webhooks: WebhookClient
  /** Revision after which objects were written under the present schema. */
  readonly #since: number
  readonly #current = new WeakMap<Entry, KubeObject>()
  readonly #validators = new Map<string, Validator>()
  readonly #rules = new Map<string, CelRules>()

  constructor(definition: ResourceDefinition, hooks: KindHooks, webhooks: WebhookClient, since = 0) {
    this.definition = definition
    this.hooks = hooks
    this.#webhooks = webhooks
    this.#since = since
  }

  /** Whether this kind has the schemas of a definition. */
  hasSchemasOf({ versions }: ResourceDefinition): boolean {
    return deepEqual(schemasOf(this.definition.versions), schemasOf(versions))
  }

  get since(): number {
    return this.#since
  }

  get storageApiVersion(): string {
    return groupVersion(this.definition.group, this.definition.storageVersion)
  }

  get storageVersion(): ResourceVersion | undefined {
    return this.version(this.definition.storageVersion)
  }

  version(name: string): ResourceVersion | undefined {
    return this.definition.versions.find((version) => version.name === name)
  }

  validator(version: ResourceVersion): Validator {
    return cached(this.#validators, version.name, () => compileValidator(version.schema ?? {}))
  }

  rules(version: ResourceVersion): CelRules {
    return cached(this.#rules, version.name, () => compileCelRules(version.schema ?? {}))
  }

  /**
   * The object of an entry as the kind is now: what was stored under an older schema gets the defaults, and loses the fields, of
   * the present one. Shared: not to be changed.
   */
  current(entry: Entry): KubeObject {
    if (!this.definition.custom || entry.revision > this.#since) return entry.object
    const known = this.#current.get(entry)
    if (known !== undefined) return known
    const object = this.#brought(entry.object)
    this.#current.set(entry, object)
    return object
  }

  #brought(stored: KubeObject): KubeObject {
    const schema = this.version(stored.apiVersion.split('/').at(-1) ?? '')?.schema
    if (schema === undefined) return stored
    const object = clone(stored)
    prune(object, schema, metadataSchema)
    applyDefaults(object, schema)
    return deepEqual(object, stored) ? stored : object
  }

  /** Its versions are converted by a webhook. Functions in the process are asked before. */
  get convertsOutside(): boolean {
    return this.definition.conversion !== undefined && this.hooks.convert === undefined
  }

  /** Its versions differ in more than their names. */
  get convertsVersions(): boolean {
    return this.definition.conversion !== undefined || this.hooks.convert !== undefined
  }

  /** Several objects in another version, by the webhook of the kind. */
  async convertOutside(objects: readonly KubeObject[], apiVersion: string): Promise<KubeObject[]> {
    const { conversion } = this.definition
    if (conversion === undefined) throw new Error(`${this.definition.kind} has no conversion webhook`)
    return convertByWebhook(this.#webhooks, conversion, objects, apiVersion)
  }

  /**
   * An object in another version of its kind. Shares nothing that the caller may change, or is `object` itself.
   *
   * @throws Waiting when a webhook has to convert it.
   */
  convert(object: KubeObject, version: string, outside?: Outside): KubeObject {
    const apiVersion = groupVersion(this.definition.group, version)
    if (object.apiVersion === apiVersion) return object
    if (this.convertsOutside && outside !== undefined) {
      const key = `convert to ${apiVersion} ${JSON.stringify(object)}`
      return outside.ask(key, async () => (await this.convertOutside([object], apiVersion))[0]) as KubeObject
    }
    if (this.definition.stored !== undefined) {
      return apiVersion === this.storageApiVersion
        ? this.definition.stored.from(object)
        : this.definition.stored.to(object)
    }
    if (this.hooks.convert === undefined) return { ...object, apiVersion }
    const converted = this.hooks.convert(object, apiVersion)
    // A conversion may not touch the metadata: what identifies the object and who owns which field stay.
    return { ...converted, apiVersion, metadata: { ...object.metadata, ...labelsOf(converted) } }
  }

  toStored(object: KubeObject, outside?: Outside): KubeObject {
    return this.definition.stored === undefined
      ? this.convert(object, this.definition.storageVersion, outside)
      : this.definition.stored.to(object)
  }
}

/** Labels and annotations are the part of the metadata that a conversion may change. */
function labelsOf({ metadata }: KubeObject): Pick<KubeObject['metadata'], 'labels' | 'annotations'> {
  return {
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
  }
}

function cached<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key)
  if (value === undefined) cache.set(key, (value = make()))
  return value
}

/** All kinds that are served now. */
export class Registry {
  readonly #hooks: Hooks
  readonly #webhooks: WebhookClient
  readonly #builtin = new Map<string, Kind>()
  readonly #custom = new Map<string, Kind>()
  readonly #listeners = new Set<() => void>()
  /** Grows with every change, so that documents made from the registry can be kept until then. */
  generation = 0

  constructor(hooks: Hooks, webhooks: WebhookClient) {
    this.#hooks = hooks
    this.#webhooks = webhooks
    for (const definition of builtinDefinitions()) this.#builtin.set(keyOf(definition), this.#kind(definition))
  }

  /** The kind served under a group and plural, or undefined. */
  find(group: string, plural: string): Kind | undefined {
    const key = keyOf({ group, plural })
    return this.#builtin.get(key) ?? this.#custom.get(key)
  }

  all(): Kind[] {
    return [...this.#builtin.values(), ...this.#custom.values()]
  }

  byTable(table: string): Kind | undefined {
    return this.all().find((kind) => kind.definition.table === table && kind.definition.stored === undefined)
  }

  isBuiltin(group: string, plural: string): boolean {
    return this.#builtin.has(keyOf({ group, plural }))
  }

  /** @param revision of the newest change: objects that are older may have been written under another schema. */
  put(definition: ResourceDefinition, revision: number): void {
    const former = this.#custom.get(keyOf(definition))
    const since = former?.hasSchemasOf(definition) === true ? former.since : revision
    this.#custom.set(keyOf(definition), this.#kind(definition, since))
    this.#changed()
  }

  remove(group: string, plural: string): void {
    if (this.#custom.delete(keyOf({ group, plural }))) this.#changed()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #kind(definition: ResourceDefinition, since = 0): Kind {
    return new Kind(definition, this.#hooks[groupKind(definition)] ?? {}, this.#webhooks, since)
  }

  #changed(): void {
    this.generation += 1
    for (const listener of this.#listeners) listener()
  }
}

function schemasOf(versions: readonly ResourceVersion[]): unknown {
  return versions.map(({ name, schema }) => ({ name, schema }))
}

function keyOf({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return `${plural}.${group}`
}
