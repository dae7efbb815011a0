import type { AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling'

type Defined<T> = Exclude<T, undefined>
type Credentials = Defined<AutoScalingClientConfig['credentials']>

/** Fixed credentials. */
export type AwsCredentialIdentity = Exclude<Credentials, (...parameters: never[]) => unknown>
/** Credentials on demand, such as those that expire. */
export type AwsCredentialIdentityProvider = Extract<Credentials, (...parameters: never[]) => unknown>
/** What sends HTTP for the SDK's clients: an instance of a handler such as NodeHttpHandler. */
export type RequestHandler = Defined<AutoScalingClientConfig['requestHandler']>
