import { ProviderError, type ErrorCode } from '../../errors.ts'
import { CloudError, type CloudErrorCode } from '../memory-cloud/state.ts'

/** One table from the cloud's codes to the contract's (R18). */
export const errorTable: Readonly<Record<CloudErrorCode, { readonly code: ErrorCode; readonly reason?: string }>> = {
  NoSuchGroup: { code: 'NotFound', reason: 'GroupNotFound' },
  NoSuchTemplate: { code: 'NotFound', reason: 'TemplateNotFound' },
  NoSuchInstance: { code: 'NotFound', reason: 'InstanceNotFound' },
  NoSuchImage: { code: 'NotFound', reason: 'ImageNotFound' },
  NoSuchOperation: { code: 'NotFound', reason: 'OperationNotFound' },
  GroupExists: { code: 'AlreadyExists', reason: 'GroupNameTaken' },
  TemplateInUse: { code: 'Conflict', reason: 'TemplateInUse' },
  IncarnationChanged: { code: 'Conflict', reason: 'IncarnationChanged' },
  NotHeld: { code: 'Conflict', reason: 'NotHeld' },
  BadRequest: { code: 'InvalidSpec' },
  BadCredentials: { code: 'Unauthenticated' },
  AccessDenied: { code: 'PermissionDenied' },
  QuotaExceeded: { code: 'QuotaExceeded' },
  CapacityShortage: { code: 'InsufficientCapacity' },
  RateExceeded: { code: 'Throttled' },
  OperationInProgress: { code: 'InProgress' },
  NotImplemented: { code: 'Unsupported' },
  ServiceUnavailable: { code: 'Unavailable' },
}

/** The provider's only way out for an error of the cloud; anything else is a defect and stays what it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof CloudError)) return error
  return new ProviderError({ ...errorTable[error.code], message: error.message, cause: error })
}
