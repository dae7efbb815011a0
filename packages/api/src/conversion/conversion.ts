import type { JsonObject } from '../toolkit/deep-equal.ts'

/** Something in an object that cannot be converted; names the field. */
export class ConversionError extends Error {
  readonly code = 'ConversionFailed'
  readonly field: string

  constructor(field: string, detail: string) {
    super(`${field}: ${detail}`)
    this.name = 'ConversionError'
    this.field = field
  }
}

export interface ConversionContext {
  /**
   * The version to name when an old-style reference needs one that the stored object does not carry. Upstream reads it
   * from the contract labels of the kind's CRD.
   */
  readonly versionOf: (group: string, kind: string) => string
  /** Namespace of the object, which old-style references repeat. */
  readonly namespace?: string
}

export interface ConvertOptions {
  /** Default: `v1beta1` for every kind. */
  readonly versionOf?: (group: string, kind: string) => string
}

/** Everything of an object but its apiVersion, kind and metadata. */
export interface Body {
  spec?: JsonObject
  status?: JsonObject
}

/** Converts between the stored version of a kind and one other. Both functions are pure. */
export interface Conversion {
  /** To the stored version. Throws `ConversionError`. */
  up(body: Body): Body
  /** From the stored version. */
  down(body: Body, context: ConversionContext): Body
}
