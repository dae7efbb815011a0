import document from './compute.model.json' with { type: 'json' }

/** A part of a discovery document's schema, which is JSON schema in an old draft. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly annotations?: { readonly required?: readonly string[] }
}

export interface Method {
  readonly verb: string
  /** Below `/compute/v1/`, with variables in braces. */
  readonly path: string
  /** Types of the query parameters. */
  readonly query?: Readonly<Record<string, string>>
  readonly request?: string
  readonly response?: string
}

export interface Model {
  readonly metadata: { readonly version: string; readonly revision: string }
  /** Query parameters that every method takes. */
  readonly parameters: readonly string[]
  /** By `resource.method`. */
  readonly methods: Readonly<Record<string, Method>>
  readonly schemas: Readonly<Record<string, Schema>>
}

/** What of the Compute Engine API is simulated, as Google describes it. See MODELS.md. */
export const computeModel: Model = document
