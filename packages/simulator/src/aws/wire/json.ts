import { AwsError } from '../error.ts'
import { shapeOf, type Input, type ServiceModel } from './model.ts'

/** Reads the body of a JSON 1.1 request; checks the names and presence of its members. */
export function readJson(model: ServiceModel, inputShape: string | undefined, body: string): Input {
  let input: unknown
  try {
    input = JSON.parse(body || '{}')
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON')
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new AwsError('SerializationException', 'The request body is not an object')
  }
  const shape = inputShape ? shapeOf(model, inputShape) : { members: {}, required: [] }
  for (const name of shape.required ?? []) {
    if (!(name in input)) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
      )
    }
  }
  return input as Input
}

/** JSON 1.1 sends times as seconds since the epoch; the simulator's own are milliseconds. */
export function writeJson(model: ServiceModel, operation: string, output: object): string {
  const shape = model.operations[operation]?.output
  return shape ? JSON.stringify(convert(model, shape, output)) : '{}'
}

function convert(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name)
  if (shape.type === 'timestamp') return (value as number) / 1000
  if (shape.type === 'list') return (value as unknown[]).map((item) => convert(model, shape.member!.shape, item))
  if (shape.type !== 'structure') return value
  return Object.fromEntries(
    Object.entries(value as object)
      .filter(([, member]) => member !== undefined)
      .map(([member, content]) => {
        const reference = shape.members?.[member]
        if (!reference) throw new Error(`${name}.${member} is not in the service model`)
        return [member, convert(model, reference.shape, content)]
      }),
  )
}

export function writeJsonError(error: AwsError): string {
  return JSON.stringify({ __type: error.code, message: error.message })
}
