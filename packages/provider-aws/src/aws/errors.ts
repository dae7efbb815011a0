import { createErrorTable, type CloudFailure, type ErrorTableRow } from '@machinepool/provider-kit'

const expired = { code: 'Unauthenticated', reason: 'CredentialsExpired', hint: 'Renew the credentials.' } as const
const noCredentials = { code: 'Unauthenticated', reason: 'CredentialsInvalid' } as const
const noCapacity = { code: 'InsufficientCapacity' } as const
/** A success whose body broke off, or is no answer of AWS at all. */
const unreadable = 'UnreadableAnswer'
/** The call names something that was there when it was decided. */
const gone: ErrorTableRow = 'Conflict'

/**
 * AWS error codes in the contract's words. Rows `Operation/Code` win over `Code`.
 *
 * Auto Scaling answers `ValidationError` both for nonsense and for a group, an instance or a lifecycle action that is
 * no longer there, so the operation decides which of the two it is.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export const awsErrorCodes: Readonly<Record<string, ErrorTableRow>> = {
  // Who are you?
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: expired,
  TokenRefreshRequired: expired,
  AuthFailure: noCredentials,
  CredentialsProviderError: noCredentials,
  ConfigError: noCredentials,
  IncompleteSignature: noCredentials,
  InvalidAccessKeyId: noCredentials,
  InvalidClientTokenId: noCredentials,
  InvalidIdentityToken: noCredentials,
  InvalidSignatureException: noCredentials,
  MissingAuthenticationToken: noCredentials,
  SignatureDoesNotMatch: noCredentials,
  UnrecognizedClientException: noCredentials,
  // You may not.
  AccessDenied: 'PermissionDenied',
  AccessDeniedException: 'PermissionDenied',
  OptInRequired: 'PermissionDenied',
  PendingVerification: 'PermissionDenied',
  ServiceLinkedRoleFailure: { code: 'PermissionDenied', reason: 'ServiceLinkedRoleFailure' },
  UnauthorizedOperation: 'PermissionDenied',
  // Not so fast.
  BandwidthLimitExceeded: 'Throttled',
  EC2ThrottledException: 'Throttled',
  PriorRequestNotComplete: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  RequestThrottled: 'Throttled',
  RequestThrottledException: 'Throttled',
  SlowDown: 'Throttled',
  ThrottledException: 'Throttled',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  TooManyRequestsException: 'Throttled',
  // Not so many.
  AddressLimitExceeded: 'QuotaExceeded',
  InstanceLimitExceeded: { code: 'QuotaExceeded', reason: 'InstanceLimitExceeded' },
  LimitExceeded: 'QuotaExceeded',
  LimitExceededFault: 'QuotaExceeded',
  MaxSpotInstanceCountExceeded: { code: 'QuotaExceeded', reason: 'MaxSpotInstanceCountExceeded' },
  VcpuLimitExceeded: { code: 'QuotaExceeded', reason: 'VcpuLimitExceeded' },
  VersionLimitExceeded: 'QuotaExceeded',
  VolumeLimitExceeded: 'QuotaExceeded',
  // Nothing left.
  InsufficientAddressCapacity: noCapacity,
  InsufficientCapacity: noCapacity,
  InsufficientCapacityOnHost: noCapacity,
  InsufficientFreeAddressesInSubnet: { code: 'InsufficientCapacity', reason: 'InsufficientFreeAddressesInSubnet' },
  InsufficientHostCapacity: noCapacity,
  InsufficientInstanceCapacity: { code: 'InsufficientCapacity', reason: 'InsufficientInstanceCapacity' },
  InsufficientReservedInstanceCapacity: noCapacity,
  InsufficientVolumeCapacity: noCapacity,
  ReservationCapacityExceeded: noCapacity,
  UnfulfillableCapacity: { code: 'InsufficientCapacity', reason: 'UnfulfillableCapacity' },
  // Busy.
  InstanceRefreshInProgress: 'InProgress',
  InstanceRefreshInProgressFault: 'InProgress',
  ResourceInUse: 'InProgress',
  ResourceInUseFault: 'InProgress',
  ScalingActivityInProgress: 'InProgress',
  ScalingActivityInProgressFault: 'InProgress',
  // Changed in between.
  IdempotentParameterMismatch: 'Conflict',
  IncorrectInstanceState: 'Conflict',
  IncorrectState: 'Conflict',
  ResourceContention: 'Conflict',
  ResourceContentionFault: 'Conflict',
  'CompleteLifecycleAction/ValidationError': gone,
  'DeleteAutoScalingGroup/ValidationError': 'NotFound',
  'DeleteLifecycleHook/ValidationError': 'NotFound',
  'DeleteTags/ValidationError': gone,
  'RecordLifecycleActionHeartbeat/ValidationError': gone,
  'SetDesiredCapacity/ValidationError': gone,
  'TerminateInstanceInAutoScalingGroup/ValidationError': gone,
  // There already, or not there.
  AlreadyExists: 'AlreadyExists',
  AlreadyExistsFault: 'AlreadyExists',
  'InvalidLaunchTemplateName.AlreadyExistsException': 'AlreadyExists',
  ActiveInstanceRefreshNotFound: 'NotFound',
  ActiveInstanceRefreshNotFoundFault: 'NotFound',
  'InvalidAMIID.NotFound': { code: 'InvalidSpec', reason: 'ImageNotFound' },
  'InvalidAMIID.Unavailable': { code: 'InvalidSpec', reason: 'ImageUnavailable' },
  'InvalidGroup.NotFound': { code: 'InvalidSpec', reason: 'SecurityGroupNotFound' },
  'InvalidInstanceID.NotFound': 'NotFound',
  'InvalidKeyPair.NotFound': {
    code: 'InvalidSpec',
    reason: 'KeyPairNotFound',
    field: 'spec.awsLaunchTemplate.sshKeyName',
  },
  'InvalidLaunchTemplateId.NotFound': 'NotFound',
  'InvalidLaunchTemplateId.NotFoundException': 'NotFound',
  'InvalidLaunchTemplateId.VersionNotFound': 'NotFound',
  'InvalidLaunchTemplateName.NotFoundException': 'NotFound',
  'InvalidSubnetID.NotFound': { code: 'InvalidSpec', reason: 'SubnetNotFound' },
  NoSuchBucket: 'NotFound',
  'PutObject/NoSuchBucket': { code: 'InvalidSpec', reason: 'IgnitionBucketMissing' },
  NoSuchKey: 'NotFound',
  ParameterNotFound: 'NotFound',
  // Nonsense.
  'InvalidAMIID.*': 'InvalidSpec',
  'InvalidLaunchTemplate*': 'InvalidSpec',
  'InvalidParameter*': 'InvalidSpec',
  'InvalidUserData*': { code: 'InvalidSpec', reason: 'InvalidUserData' },
  InvalidInstanceType: {
    code: 'InvalidSpec',
    reason: 'InvalidInstanceType',
    field: 'spec.awsLaunchTemplate.instanceType',
  },
  MissingParameter: 'InvalidSpec',
  SpotMaxPriceTooLow: {
    code: 'InvalidSpec',
    reason: 'SpotMaxPriceTooLow',
    field: 'spec.awsLaunchTemplate.spotMarketOptions.maxPrice',
  },
  UnknownParameter: 'InvalidSpec',
  Unsupported: { code: 'InvalidSpec', reason: 'UnsupportedConfiguration' },
  UnsupportedOperation: 'InvalidSpec',
  ValidationError: 'InvalidSpec',
  ValidationException: 'InvalidSpec',
  // AWS's own trouble.
  InternalError: 'Unavailable',
  InternalFailure: 'Unavailable',
  InternalServerError: 'Unavailable',
  RequestTimeout: 'Unavailable',
  RequestTimeoutException: 'Unavailable',
  ServiceUnavailable: 'Unavailable',
  ServiceUnavailableException: 'Unavailable',
  Unavailable: 'Unavailable',
  [unreadable]: 'Unavailable',
}

/** AWS errors as the contract's. The code is the SDK error's `name`, the wire's code for errors without a model. */
export const awsError = createErrorTable({ cloud: 'AWS', read: readSdkError, codes: awsErrorCodes })

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $retryable?: { readonly throttling?: boolean }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  readonly Code?: string
}

function readSdkError(error: unknown): CloudFailure | undefined {
  if (!isSdkError(error)) return undefined
  const { httpStatusCode, requestId } = error.$metadata ?? {}
  const retryAfter = Number(error.$response?.headers?.['retry-after'])
  const isSuccess = httpStatusCode !== undefined && httpStatusCode >= 200 && httpStatusCode < 300
  return {
    // Node's own errors have a name too, but it is no code of AWS.
    code: isSuccess ? unreadable : (error.Code ?? error.name),
    message: error.message.replace(encodedMessage, ''),
    ...(httpStatusCode === undefined ? {} : { httpStatus: httpStatusCode }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterMs: retryAfter * 1_000 } : {}),
  }
}

/** Another text each time, so that a condition would never stand still, and unreadable for people. */
const encodedMessage = /\s*Encoded authorization failure message: \S+/

function isSdkError(error: unknown): error is SdkError {
  if (!(error instanceof Error)) return false
  // Credential errors come from the SDK without metadata.
  return '$metadata' in error || '$fault' in error || error.name in awsErrorCodes
}
