import type { FieldError } from '../failure.ts'
import type { KubeObject } from '../object.ts'
import type { Schema } from '../schema/schema.ts'
import type { Column } from '../table/column.ts'
import type { ConversionWebhook } from '../webhooks/conversion.ts'

/** Where the scale subresource finds its values, as object paths without the leading dot. */
export interface ScalePaths {
  readonly spec: readonly string[]
  readonly status: readonly string[]
  /** Path of a label selector in text or object form. */
  readonly selector?: readonly string[]
}

/** A resource in one API version. */
export interface ResourceVersion {
  readonly name: string
  readonly served: boolean
  readonly schema: Schema | undefined
  /** Of built-in kinds: the type in the catalog of shapes. */
  readonly shape?: string
  readonly columns: readonly Column[]
  readonly status: boolean
  readonly scale?: ScalePaths
  /** Paths that field selectors may name besides `metadata.name` and `metadata.namespace`. */
  readonly selectable: readonly string[]
  readonly deprecationWarning?: string
}

/** What a built-in kind does besides storing what it is given. All functions may change `object` in place. */
export interface Behaviour {
  /** Fills defaults and computes fields; runs for every object that is written, before validation. */
  default?(object: KubeObject): void
  /** Fills what the type shows even when nothing is known, such as a time that is null; runs after validation. */
  complete?(object: KubeObject): void
  prepareCreate?(object: KubeObject): void
  /**
   * What the server decides of a valid new object, and nobody owns.
   *
   * @param others all objects of the kind.
   */
  allocate?(object: KubeObject, others: () => Iterable<KubeObject>): void
  prepareUpdate?(object: KubeObject, old: KubeObject): void
  validate?(object: KubeObject, old: KubeObject | undefined): FieldError[]
  /** The object may be made by a PUT. */
  readonly createOnUpdate?: boolean
  /** `spec` and `status` make no sense here: a change of anything but metadata raises no generation. */
  readonly withoutGeneration?: boolean
  /** Fields that the server itself sets in new objects, so that no client owns them where they say nothing. */
  readonly unowned?: readonly (readonly string[])[]
  /** DELETE answers with the object instead of a `Status`. */
  readonly returnsDeleted?: boolean
}

/** A kind as the server knows it, built in or from a CustomResourceDefinition. */
export interface ResourceDefinition {
  readonly group: string
  readonly kind: string
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly versions: readonly ResourceVersion[]
  /** Name of the version in which objects are stored. */
  readonly storageVersion: string
  /** Table of the store. Two resources may share it (the two Event APIs). */
  readonly table: string
  /** Set when objects are stored in the form of another resource. */
  readonly stored?: {
    readonly to: (object: KubeObject) => KubeObject
    readonly from: (object: KubeObject) => KubeObject
  }
  readonly custom: boolean
  /** Who converts between its versions, when that is somebody outside. */
  readonly conversion?: ConversionWebhook
  readonly behaviour: Behaviour
  /** Create-only reviews are answered, never stored. */
  readonly review?: boolean
  /** Uid of the CustomResourceDefinition, to notice that it was made anew. */
  readonly definitionUid?: string
}
