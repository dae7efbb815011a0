import type { Reply } from '../listener.ts'
import type { CallDescription } from './call-log.ts'
import type { DispatchOptions } from './dispatch.ts'
import { admit } from './dispatch.ts'
import { AwsError } from './error.ts'
import { DroppedConnection } from './faults.ts'
import { answerObjectRequest, objectError, objectOperations, type ObjectRequest } from './services/s3/objects.ts'

/** Carries out one call of S3, whose operations are methods on paths. Undefined: the connection is to be dropped. */
export function dispatchObject(
  options: DispatchOptions,
  region: string,
  accessKeyId: string | undefined,
  request: ObjectRequest,
): Reply | undefined {
  const { identity } = options.credentials.identify(accessKeyId ?? '')
  const operation = objectOperations[request.method] ?? request.method
  const call: CallDescription = {
    service: 's3',
    operation,
    region,
    accessKeyId: identity.accessKeyId,
    arn: identity.arn,
    input: { Bucket: request.bucket, Key: request.key },
  }
  const record = (status: number, error?: string) =>
    options.calls.record({ ...call, time: options.clock.now(), status, ...(error !== undefined && { error }) })
  try {
    admit(options, accessKeyId, call)
    const reply = answerObjectRequest(options.regionOf(region, identity.account), request)
    options.saved()
    record(reply.status)
    return reply
  } catch (error) {
    if (error instanceof DroppedConnection) {
      record(0, 'Dropped')
      return undefined
    }
    if (!(error instanceof AwsError)) throw error
    record(error.status, error.code)
    return objectError(error.status, error.code, error.message)
  }
}
