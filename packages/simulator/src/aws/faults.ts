import type { Clock } from '@machinepool/kube'
import { AwsError } from './error.ts'
import type { CallDescription } from './call-log.ts'

/** An error that some calls are answered with, in place of (or after) their work. */
export interface Fault {
  /** `CreateAutoScalingGroup`, `ec2:DescribeImages`, `autoscaling:*` or `*`. */
  readonly operation: string
  /** A short name from `commonErrors`, or an answer in full; `drop` closes the connection without one. */
  readonly error: CommonError | { readonly code: string; readonly message?: string; readonly status?: number } | 'drop'
  /** Which calls, when not all: sees the parsed parameters. */
  readonly when?: (call: CallDescription) => boolean
  /** Calls to fail; unlimited when absent. */
  readonly times?: number
  /** Moment, on the simulator's clock, from which calls work again. */
  readonly until?: number
  /** `after` lets the operation happen and loses its answer. Default `before`. */
  readonly phase?: 'before' | 'after'
}

export type CommonError =
  | 'Throttling'
  | 'ExpiredToken'
  | 'AuthFailure'
  | 'AccessDenied'
  | 'InternalError'
  | 'ServiceUnavailable'

export interface Faults {
  /** Returns a function that takes the fault away. */
  add(fault: Fault): () => void
  clear(): void
}

/** The connection is to be closed without an answer. */
export class DroppedConnection extends Error {
  override readonly name = 'DroppedConnection'
}

export interface FaultSource extends Faults {
  /** The failure due for this call, if any; counts it. */
  take(call: CallDescription, phase: 'before' | 'after'): Error | undefined
}

export function createFaults(clock: Clock): FaultSource {
  const active = new Map<Fault, { left: number }>()
  return {
    add(fault) {
      active.set(fault, { left: fault.times ?? Infinity })
      return () => void active.delete(fault)
    },
    clear: () => active.clear(),
    take(call, phase) {
      for (const [fault, state] of active) {
        if (fault.until !== undefined && clock.now() >= fault.until) {
          active.delete(fault)
          continue
        }
        if ((fault.phase ?? 'before') !== phase || !names(fault.operation, call) || fault.when?.(call) === false)
          continue
        if (--state.left <= 0) active.delete(fault)
        return toError(fault.error, call)
      }
      return undefined
    },
  }
}

function names(pattern: string, { service, operation }: CallDescription): boolean {
  return [operation, `${service}:${operation}`, `${service}:*`, '*'].includes(pattern)
}

function toError(error: Fault['error'], call: CallDescription): Error {
  if (error === 'drop') return new DroppedConnection()
  if (typeof error === 'string') return commonError(error, call)
  return new AwsError(error.code, error.message ?? error.code, error.status ?? 400)
}

/** The words of each service for the same trouble; EC2 has its own. */
export function commonError(error: CommonError, { service, operation, arn }: CallDescription): AwsError {
  const ec2 = service === 'ec2'
  switch (error) {
    case 'Throttling':
      if (ec2) return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
      return new AwsError(service === 'ssm' ? 'ThrottlingException' : 'Throttling', 'Rate exceeded')
    case 'ExpiredToken':
      if (ec2) return new AwsError('RequestExpired', 'Request has expired.')
      if (service === 'ssm')
        return new AwsError('ExpiredTokenException', 'The security token included in the request is expired')
      return new AwsError('ExpiredToken', 'The security token included in the request is expired', 403)
    case 'AuthFailure':
      if (ec2) return new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
      if (service === 'ssm')
        return new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
      return new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
    case 'AccessDenied':
      if (ec2)
        return new AwsError(
          'UnauthorizedOperation',
          `You are not authorized to perform this operation. User: ${arn} is not authorized to perform: ec2:${operation}`,
          403,
        )
      return new AwsError(
        service === 'ssm' ? 'AccessDeniedException' : 'AccessDenied',
        `User: ${arn} is not authorized to perform: ${service}:${operation} because no identity-based policy allows the ${service}:${operation} action`,
        service === 'ssm' ? 400 : 403,
      )
    case 'InternalError':
      return new AwsError(ec2 ? 'InternalError' : 'InternalFailure', 'An internal error has occurred', 500)
    default:
      return new AwsError(
        ec2 ? 'Unavailable' : 'ServiceUnavailable',
        'The service is unavailable. Please try again shortly.',
        503,
      )
  }
}
