import type { Region } from './region.ts'
import type { Identity, CredentialStore } from './credentials.ts'
import type { ServiceModel } from './wire/model.ts'

/** What an operation knows besides its parameters. */
export interface CallContext {
  readonly region: Region
  readonly identity: Identity
  readonly credentials: CredentialStore
}

/**
 * One operation: checked parameters in, the model's output members out, or an `AwsError` thrown. Each declares
 * the parameters it reads; that they have those types is checked against the service model before.
 */
type Operation = (input: never, context: CallContext) => object

/** A simulated service: its folder is all there is to it. */
export interface Service {
  /** Signing name, which is also the first label of its host name. */
  readonly name: string
  readonly model: ServiceModel
  readonly operations: Readonly<Record<string, Operation>>
}
