import type { KubeObject } from './object.ts'

/** A write as an admission hook sees it; objects are in the kind's storage version. */
export interface AdmitRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly object: KubeObject
  /** The object before; absent at CREATE. */
  readonly old?: KubeObject
  readonly dryRun: boolean
  readonly subresource?: string
}

/** A field that an admission hook refuses. */
export interface AdmitError {
  /** Such as `spec.minSize`. */
  readonly field: string
  readonly message: string
  readonly value?: unknown
  readonly type?: 'Required' | 'Invalid' | 'Forbidden' | 'NotSupported' | 'Duplicate'
}

export type AdmitResult =
  | { readonly object: KubeObject; readonly warnings?: readonly string[] }
  | { readonly errors: readonly AdmitError[] }

/** What a kind does beyond its schema, in process instead of by webhooks. Pure functions. */
export interface KindHooks {
  /** The same object in another API version of its group. */
  convert?(object: KubeObject, toApiVersion: string): KubeObject
  /** Defaults and checks that need code. Runs before schema validation. */
  admit?(request: AdmitRequest): AdmitResult
}

/** Hooks by `Kind.group`, such as `MachinePool.cluster.x-k8s.io`. */
export type Hooks = Readonly<Record<string, KindHooks>>
