/** A refusal as AWS words it. `status` defaults to what AWS sends with most client errors. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}
