import type { AwsError } from '../error.ts'
import { shapeOf, type ServiceModel, type Shape } from './model.ts'

/**
 * The XML with which a `query` or `ec2` service answers. `output` has the model's member names; times are
 * milliseconds. A member the model does not have is a mistake of the simulator and throws.
 */
export function writeXml(model: ServiceModel, operation: string, output: object, requestId: string): string {
  const outputShape = model.operations[operation]?.output
  const body = outputShape ? writeMembers(model, shapeOf(model, outputShape), output, operation) : ''
  const namespace = model.metadata.xmlNamespace ?? `http://ec2.amazonaws.com/doc/${model.metadata.apiVersion}/`
  const content =
    model.metadata.protocol === 'ec2'
      ? `<requestId>${requestId}</requestId>${outputShape ? body : '<return>true</return>'}`
      : (outputShape ? `<${operation}Result>${body}</${operation}Result>` : '') +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="${namespace}">${content}</${operation}Response>`
}

/** The error envelope of the protocol. */
export function writeXmlError(model: ServiceModel, error: AwsError, requestId: string): string {
  const detail = `<Code>${escape(error.code)}</Code><Message>${escape(error.message)}</Message>`
  if (model.metadata.protocol === 'ec2') {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
  }
  const type = error.status < 500 ? 'Sender' : 'Receiver'
  return (
    `<ErrorResponse xmlns="${model.metadata.xmlNamespace}"><Error><Type>${type}</Type>${detail}</Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  )
}

function writeMembers(model: ServiceModel, shape: Shape, value: object, path: string): string {
  let xml = ''
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const reference = shape.members?.[name]
    if (!reference) throw new Error(`${path}.${name} is not in the service model`)
    const tag = reference.locationName ?? name
    const memberShape = shapeOf(model, reference.shape)
    if (memberShape.flattened) {
      for (const item of member as unknown[]) {
        xml += `<${tag}>${writeValue(model, shapeOf(model, memberShape.member!.shape), item, `${path}.${name}`)}</${tag}>`
      }
    } else xml += `<${tag}>${writeValue(model, memberShape, member, `${path}.${name}`)}</${tag}>`
  }
  return xml
}

function writeValue(model: ServiceModel, shape: Shape, value: unknown, path: string): string {
  switch (shape.type) {
    case 'structure':
      return writeMembers(model, shape, value as object, path)
    case 'list': {
      const item = shapeOf(model, shape.member!.shape)
      const tag = shape.member!.locationName ?? 'member'
      return (value as unknown[]).map((entry) => `<${tag}>${writeValue(model, item, entry, path)}</${tag}>`).join('')
    }
    case 'timestamp':
      return new Date(value as number).toISOString()
    default:
      return escape(String(value))
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"\r]/g, (character) => entities[character]!)
}
