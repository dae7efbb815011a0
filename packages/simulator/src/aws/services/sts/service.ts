import { validationError } from '../../error.ts'
import type { CallContext, Service } from '../../service.ts'
import model from './sts.model.json' with { type: 'json' }

function getCallerIdentity(_input: object, { identity }: CallContext) {
  return { UserId: identity.userId, Account: identity.account, Arn: identity.arn }
}

function assumeRole(
  input: { RoleArn: string; RoleSessionName: string; DurationSeconds?: number },
  { credentials }: CallContext,
) {
  const { RoleArn: role, RoleSessionName: session, DurationSeconds: seconds = 3600 } = input
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(role)) throw validationError(`${role} is invalid`)
  const assumed = credentials.assume(role, session, seconds)
  return {
    Credentials: {
      AccessKeyId: assumed.accessKeyId,
      SecretAccessKey: assumed.secret,
      SessionToken: assumed.token,
      Expiration: assumed.expires,
    },
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
  }
}

export const stsService: Service = {
  name: 'sts',
  model,
  operations: { AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity },
}
