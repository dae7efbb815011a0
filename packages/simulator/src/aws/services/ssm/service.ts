import { AwsError } from '../../error.ts'
import type { Region } from '../../region.ts'
import type { CallContext, Service } from '../../service.ts'
import model from './ssm.model.json' with { type: 'json' }

function describe(region: Region, name: string) {
  const parameter = region.ssm.get(name)
  if (!parameter) return undefined
  return {
    Name: name,
    Type: 'String',
    Value: parameter.value,
    Version: 1,
    LastModifiedDate: parameter.modified,
    ARN: `arn:aws:ssm:${region.name}:${name.startsWith('/aws/') ? '' : region.account}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
    DataType: 'text',
  }
}

function getParameter({ Name: name }: { Name: string }, { region }: CallContext) {
  const found = describe(region, name)
  if (!found) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`)
  return { Parameter: found }
}

function getParameters({ Names: names }: { Names: readonly string[] }, { region }: CallContext) {
  if (names.length > 10) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10`,
    )
  }
  const found = names.map((name) => ({ name, parameter: describe(region, name) }))
  return {
    Parameters: found.flatMap(({ parameter }) => (parameter ? [parameter] : [])),
    InvalidParameters: found.filter(({ parameter }) => !parameter).map(({ name }) => name),
  }
}

export const ssmService: Service = {
  name: 'ssm',
  model,
  operations: { GetParameter: getParameter, GetParameters: getParameters },
}
