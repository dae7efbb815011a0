/** The closed set of codes a provider may answer with. Callers branch on the code, never on the message (R18). */
export const errorCodes = [
  'NotFound',
  'AlreadyExists',
  'InvalidSpec',
  'Unauthenticated',
  'PermissionDenied',
  'QuotaExceeded',
  'InsufficientCapacity',
  'Throttled',
  'Conflict',
  'InProgress',
  'Unavailable',
  'Unsupported',
  'Internal',
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** How the engine answers an error. */
export interface ErrorBehaviour {
  /** Reason of the condition when the error itself names none. */
  readonly reason: string
  /**
   * `observe`: the world differs from what was planned; look again at once. `backoff`: again after a growing delay.
   * `change`: nothing helps but a change of the spec, the credentials or the cloud; look again at `maximumDelayMs`.
   */
  readonly retry: 'observe' | 'backoff' | 'change'
  /** First delay in milliseconds; doubles up to `maximumDelayMs`. */
  readonly initialDelayMs: number
  readonly maximumDelayMs: number
  /** What it means for the person who reads the condition. */
  readonly meaning: string
}

/** One table from code to behaviour: the engine runs by it and `docs/contract` prints it. */
export const errorBehaviours: Readonly<Record<ErrorCode, ErrorBehaviour>> = {
  NotFound: {
    reason: 'NotFound',
    retry: 'observe',
    initialDelayMs: 1_000,
    maximumDelayMs: 60_000,
    meaning: 'Something the pool refers to does not exist. For a removal this is success.',
  },
  AlreadyExists: {
    reason: 'AlreadyExists',
    retry: 'observe',
    initialDelayMs: 1_000,
    maximumDelayMs: 60_000,
    meaning: 'Something of that name exists; the next observation tells whose it is.',
  },
  InvalidSpec: {
    reason: 'InvalidSpec',
    retry: 'change',
    initialDelayMs: 60_000,
    maximumDelayMs: 600_000,
    meaning: 'The cloud refuses the request as the spec has it; the message names the field.',
  },
  Unauthenticated: {
    reason: 'Unauthenticated',
    retry: 'change',
    initialDelayMs: 15_000,
    maximumDelayMs: 120_000,
    meaning: 'Credentials are missing, wrong or expired.',
  },
  PermissionDenied: {
    reason: 'PermissionDenied',
    retry: 'change',
    initialDelayMs: 30_000,
    maximumDelayMs: 300_000,
    meaning: 'The identity may not do this; the message names the permission.',
  },
  QuotaExceeded: {
    reason: 'QuotaExceeded',
    retry: 'backoff',
    initialDelayMs: 30_000,
    maximumDelayMs: 600_000,
    meaning: 'A limit of the account is reached.',
  },
  InsufficientCapacity: {
    reason: 'InsufficientCapacity',
    retry: 'backoff',
    initialDelayMs: 30_000,
    maximumDelayMs: 300_000,
    meaning: 'The cloud has no machine of this kind now, in this zone.',
  },
  Throttled: {
    reason: 'Throttled',
    retry: 'backoff',
    initialDelayMs: 5_000,
    maximumDelayMs: 120_000,
    meaning: 'The cloud asks for fewer calls; shared by everything of the same account, region and API.',
  },
  Conflict: {
    reason: 'Conflict',
    retry: 'observe',
    initialDelayMs: 1_000,
    maximumDelayMs: 60_000,
    meaning: 'Somebody changed it in between, or the instance is another one by now.',
  },
  InProgress: {
    reason: 'InProgress',
    retry: 'backoff',
    initialDelayMs: 5_000,
    maximumDelayMs: 60_000,
    meaning: 'The cloud is still busy with an earlier change.',
  },
  Unavailable: {
    reason: 'CloudUnavailable',
    retry: 'backoff',
    initialDelayMs: 10_000,
    maximumDelayMs: 300_000,
    meaning: 'The cloud does not answer, or answers with a failure of its own.',
  },
  Unsupported: {
    reason: 'Unsupported',
    retry: 'change',
    initialDelayMs: 60_000,
    maximumDelayMs: 600_000,
    meaning: 'This kind of pool cannot do that; the message says what can be done instead.',
  },
  Internal: {
    reason: 'InternalError',
    retry: 'backoff',
    initialDelayMs: 10_000,
    maximumDelayMs: 300_000,
    meaning: 'A defect in the provider or the engine. Please report it.',
  },
}

const marker = Symbol.for('machinepool.contract.ProviderError')

export interface ProviderErrorOptions {
  readonly code: ErrorCode
  /** For a person: what failed and what would be right. Never a secret. */
  readonly message: string
  /** Condition reason that says more than the code's own, such as `AutoScalingGroupNameTaken`. */
  readonly reason?: string
  /** The field of the spec that is wrong, as a path. */
  readonly field?: string
  readonly zone?: string
  /** The cloud said when to come back, in milliseconds from now. */
  readonly retryAfterMs?: number
  /** The cloud's id of the failed request. */
  readonly requestId?: string
  readonly cause?: unknown
}

/** The only error that leaves a provider. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly code: ErrorCode
  readonly reason: string
  readonly field: string | undefined
  readonly zone: string | undefined
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined
  /** Recognised across two installed copies of this package, where `instanceof` fails. */
  readonly [marker] = true

  constructor(options: ProviderErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.reason = options.reason ?? errorBehaviours[options.code].reason
    this.field = options.field
    this.zone = options.zone
    this.retryAfterMs = options.retryAfterMs
    this.requestId = options.requestId
  }

  static is(error: unknown): error is ProviderError {
    return typeof error === 'object' && error !== null && marker in error
  }
}
