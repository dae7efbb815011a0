import type { Clock } from '@machinepool/kube'
import { errorAnswer, readInput, successAnswer, type Answer } from './answer.ts'
import type { CallDescription, RecordingCallLog } from './call-log.ts'
import type { CredentialStore } from './credentials.ts'
import { AwsError } from './error.ts'
import { commonError, DroppedConnection, type FaultSource } from './faults.ts'
import type { Region } from './region.ts'
import type { Route } from './route.ts'
import type { Rate, Throttle } from '../throttle.ts'

export interface DispatchOptions {
  readonly clock: Clock
  readonly calls: RecordingCallLog
  readonly faults: FaultSource
  readonly credentials: CredentialStore
  readonly throttle: Throttle
  /** The bucket of an operation; undefined when it is not limited. */
  readonly rateOf: (service: string, operation: string) => Rate | undefined
  readonly regionOf: (name: string, account: string) => Region
  /** Called before an answer goes out: what it acknowledges must not be lost. */
  readonly saved: () => void
}

/** Carries out one call, and writes it down whatever becomes of it. Undefined: the connection is to be dropped. */
export function dispatch(
  options: DispatchOptions,
  route: Route,
  body: string,
  form: URLSearchParams,
  requestId: string,
): Answer | undefined {
  const { service, operation } = route
  const { identity } = options.credentials.identify(route.accessKeyId ?? '')
  let call: CallDescription = {
    service: service.name,
    operation,
    region: route.region,
    accessKeyId: identity.accessKeyId,
    arn: identity.arn,
    input: {},
  }
  const record = (status: number, error?: string) =>
    options.calls.record({ ...call, time: options.clock.now(), status, ...(error !== undefined && { error }) })
  try {
    if (service.model.operations[operation]) call = { ...call, input: readInput(service, operation, body, form) }
    admit(options, route.accessKeyId, call)
    const output = perform(options, route, call)
    options.saved()
    const lost = options.faults.take(call, 'after')
    if (lost) throw lost
    const answer = successAnswer(service, operation, output, requestId)
    record(answer.status)
    return answer
  } catch (error) {
    if (error instanceof DroppedConnection) {
      record(0, 'Dropped')
      return undefined
    }
    const refusal = error instanceof AwsError ? error : mistake(error)
    record(refusal.status, refusal.code)
    return errorAnswer(service, refusal, requestId)
  }
}

/** What every service checks before it looks at what is asked for. */
export function admit(
  { credentials, faults, throttle, rateOf }: DispatchOptions,
  accessKeyId: string | undefined,
  call: CallDescription,
) {
  if (accessKeyId === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
  }
  const { identity, state } = credentials.identify(accessKeyId)
  if (state === 'expired') throw commonError('ExpiredToken', call)
  if (state === 'invalid') throw commonError('AuthFailure', call)
  if (state === 'denied') throw commonError('AccessDenied', call)
  const fault = faults.take(call, 'before')
  if (fault) throw fault
  const rate = rateOf(call.service, call.operation)
  const bucket = `${identity.account}/${call.region}/${call.service}:${call.operation}`
  if (rate && !throttle.allow(bucket, rate)) throw commonError('Throttling', call)
}

function perform(
  { credentials, regionOf }: DispatchOptions,
  { service, operation, region }: Route,
  call: CallDescription,
): object {
  const run = service.operations[operation]
  if (!run) {
    throw new AwsError(
      'InvalidAction',
      `The simulated ${service.name} has no operation ${operation} (version ${service.model.metadata.apiVersion})`,
    )
  }
  const { identity } = credentials.identify(call.accessKeyId)
  return run(call.input as never, { region: regionOf(region, identity.account), identity, credentials })
}

/** A fault of the simulator itself: told to the caller, because nobody else sees it. */
function mistake(error: unknown): AwsError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new AwsError('InternalFailure', `The simulator failed: ${text}`, 500)
}
