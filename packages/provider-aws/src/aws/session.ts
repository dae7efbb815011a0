import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, RequestHandler } from './sdk-types.ts'
import type { Clock } from '@machinepool/contract'
import { leaveOnAbort, withDeadline, type CallGates } from '@machinepool/provider-kit'

import { awsError } from './errors.ts'
import type { InputOf, OperationOf, OutputOf, Service } from './operations.ts'

/** URL by service, for endpoints that the standard AWS configuration does not name already. */
export type AwsEndpoints = Partial<Record<Service | 'sts', string>>

/** One finished call, for metrics and for tests that count. */
export interface AwsCall {
  readonly service: Service
  readonly operation: string
  readonly region: string
  /** `ok` or the contract's error code. */
  readonly outcome: string
  readonly durationMs: number
}

export interface SessionOptions {
  readonly identity: string
  readonly region: string
  /** The account as far as it is known by now: all identities of one account and region share AWS's rate limits (R17). */
  readonly account: () => string
  /** Absent: the SDK's own default chain. */
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
  readonly endpoints: AwsEndpoints
  readonly requestHandler?: RequestHandler
  readonly gates: CallGates
  readonly deadlineMs: number
  readonly clock: Clock
  readonly onCall?: (call: AwsCall) => void
}

/** AWS as one identity in one region. */
export interface AwsSession {
  /** Whose credentials these are: reads are shared within one identity only. */
  readonly identity: string
  readonly region: string
  /**
   * Makes one call, within its deadline and in its turn.
   * @throws `ProviderError`
   */
  call<S extends Service, O extends OperationOf<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    signal: AbortSignal,
  ): Promise<OutputOf<S, O>>
  close(): void
}

/** What all SDK clients have in common, as far as it is used here. */
interface SdkClient {
  send(command: unknown, options: { readonly abortSignal: AbortSignal }): Promise<unknown>
  destroy(): void
}
type Command = new (input: unknown) => unknown
interface LoadedService {
  readonly client: SdkClient
  readonly commandOf: (operation: string) => Command
}

export function createSession(options: SessionOptions): AwsSession {
  const { region, account, gates, clock, deadlineMs } = options
  const services = new Map<Service, Promise<LoadedService>>()
  const closing = new AbortController()

  const serviceOf = (service: Service): Promise<LoadedService> => {
    let loading = services.get(service)
    if (!loading) {
      loading = load(service, configurationOf(service, options))
      services.set(service, loading)
    }
    return loading
  }

  return {
    identity: options.identity,
    region,
    async call(service, operation, input, signal) {
      const { client, commandOf } = await serviceOf(service)
      const gate = gates.for({ account: account(), region, api: `${service}:${isRead(operation) ? 'read' : 'write'}` })
      return gate.run(signal, async () => {
        const startedAt = clock.now()
        const finish = (outcome: string): void =>
          options.onCall?.({ service, operation, region, outcome, durationMs: clock.now() - startedAt })
        try {
          const work = withDeadline({ clock, signal }, deadlineMs, (abortSignal) =>
            client.send(new (commandOf(operation))(input), { abortSignal }),
          )
          const output = await leaveOnAbort(work, closing.signal)
          finish('ok')
          return output
        } catch (error) {
          const translated = awsError(error, { operation })
          finish(translated.code)
          throw translated
        }
      })
    },
    close() {
      closing.abort()
      for (const loading of services.values()) {
        void loading.then(({ client }) => client.destroy()).catch(() => undefined)
      }
    },
  }
}

function configurationOf(service: Service, options: SessionOptions) {
  const endpoint = options.endpoints[service]
  return {
    region: options.region,
    // One attempt: the engine looks at the cloud again before it repeats a write, and a read that is repeated below
    // the gate would not be counted against the rate limit.
    maxAttempts: 1,
    customUserAgent: 'machinepool',
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(options.requestHandler === undefined ? {} : { requestHandler: options.requestHandler }),
  }
}

type Configuration = ReturnType<typeof configurationOf>

/** The SDKs are large: each is loaded when it is first needed. */
async function load(service: Service, configuration: Configuration): Promise<LoadedService> {
  if (service === 'autoscaling') {
    const sdk = await import('@aws-sdk/client-auto-scaling')
    return loaded(new sdk.AutoScalingClient(configuration), sdk)
  }
  if (service === 'ec2') {
    const sdk = await import('@aws-sdk/client-ec2')
    return loaded(new sdk.EC2Client(configuration), sdk)
  }
  if (service === 's3') {
    const sdk = await import('@aws-sdk/client-s3')
    // With an endpoint of one's own there is no host name for each bucket.
    return loaded(new sdk.S3Client({ ...configuration, forcePathStyle: configuration.endpoint !== undefined }), sdk)
  }
  const sdk = await import('@aws-sdk/client-ssm')
  return loaded(new sdk.SSMClient(configuration), sdk)
}

function loaded(client: unknown, module: object): LoadedService {
  // `Operations` lists only commands that exist; the clients' generic `send` cannot be called through a union.
  const commands = module as Readonly<Record<string, Command>>
  return { client: client as SdkClient, commandOf: (operation) => commands[`${operation}Command`]! }
}

function isRead(operation: string): boolean {
  return operation.startsWith('Describe') || operation.startsWith('Get')
}
