import { AwsError } from '../error.ts'
import { shapeOf, type Input, type ServiceModel, type Shape } from './model.ts'

/** The parameters of a form body as a tree, split at the dots of their names. */
interface Node {
  value?: string
  readonly children: Map<string, Node>
}

function toTree(form: URLSearchParams): Node {
  const root: Node = { children: new Map() }
  for (const [name, value] of form) {
    let node = root
    for (const part of name.split('.')) {
      let next = node.children.get(part)
      if (!next) node.children.set(part, (next = { children: new Map() }))
      node = next
    }
    node.value = value
  }
  return root
}

/**
 * Reads the parameters of an operation from a form body, by the rules of AWS's `query` and `ec2` protocols:
 * lists are `Name.member.N` in the first and `Name.N` in the second.
 *
 * Throws the service's own error for a parameter the model does not know, a missing one, and a wrong type.
 */
export function readQuery(model: ServiceModel, inputShape: string | undefined, form: URLSearchParams): Input {
  const tree = toTree(form)
  tree.children.delete('Action')
  tree.children.delete('Version')
  const reader = model.metadata.protocol === 'ec2' ? ec2Dialect : queryDialect
  if (!inputShape) return {}
  return readStructure(model, reader, shapeOf(model, inputShape), tree, '')
}

interface Dialect {
  memberName(name: string, reference: { locationName?: string; queryName?: string }): string
  listItems(shape: Shape, node: Node): Map<string, Node>
  unknown(path: string): AwsError
  missing(path: string): AwsError
  invalid(path: string, value: string, wanted: string): AwsError
}

const queryDialect: Dialect = {
  memberName: (name, reference) => reference.locationName ?? name,
  listItems(shape, node) {
    if (shape.flattened) return node.children
    return node.children.get(shape.member?.locationName ?? 'member')?.children ?? new Map()
  },
  unknown: (path) => new AwsError('ValidationError', `Unknown parameter: ${path}`),
  missing: (path) =>
    new AwsError(
      'ValidationError',
      `1 validation error detected: Value null at '${lowerFirst(path)}' failed to satisfy constraint: Member must not be null`,
    ),
  invalid: (path, value, wanted) =>
    new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${value}' at '${lowerFirst(path)}' failed to satisfy constraint: ${wanted}`,
    ),
}

const ec2Dialect: Dialect = {
  memberName: (name, reference) => reference.queryName ?? upperFirst(reference.locationName ?? name),
  listItems: (_shape, node) => node.children,
  unknown: (path) => new AwsError('UnknownParameter', `The parameter ${path} is not recognized`),
  missing: (path) => new AwsError('MissingParameter', `The request must contain the parameter ${path}`),
  invalid: (path, value, wanted) =>
    new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${path} is invalid. ${wanted}`),
}

function readStructure(model: ServiceModel, dialect: Dialect, shape: Shape, node: Node, path: string): Input {
  const input: Input = {}
  const unread = new Set(node.children.keys())
  for (const [name, reference] of Object.entries(shape.members ?? {})) {
    const wireName = dialect.memberName(name, reference)
    const child = node.children.get(wireName)
    const childPath = path ? `${path}.${wireName}` : wireName
    unread.delete(wireName)
    if (child) input[name] = readValue(model, dialect, shapeOf(model, reference.shape), child, childPath)
    else if (shape.required?.includes(name)) throw dialect.missing(childPath)
  }
  for (const name of unread) throw dialect.unknown(path ? `${path}.${name}` : name)
  return input
}

function readValue(model: ServiceModel, dialect: Dialect, shape: Shape, node: Node, path: string): unknown {
  switch (shape.type) {
    case 'structure':
      return readStructure(model, dialect, shape, node, path)
    case 'list': {
      // An empty list is sent as the bare name of the parameter.
      const items = [...dialect.listItems(shape, node)].toSorted(([a], [b]) => Number(a) - Number(b))
      const item = shapeOf(model, shape.member!.shape)
      return items.map(([index, child]) => readValue(model, dialect, item, child, `${path}.${index}`))
    }
    default:
      return readScalar(dialect, shape, node.value ?? '', path)
  }
}

function readScalar(dialect: Dialect, shape: Shape, text: string, path: string): unknown {
  switch (shape.type) {
    case 'boolean': {
      const lower = text.toLowerCase()
      if (lower !== 'true' && lower !== 'false') throw dialect.invalid(path, text, 'Member must be true or false')
      return lower === 'true'
    }
    case 'integer':
    case 'long': {
      if (!/^-?\d+$/.test(text)) throw dialect.invalid(path, text, 'Member must be a number')
      const value = Number(text)
      if (shape.min !== undefined && value < shape.min) {
        throw dialect.invalid(path, text, `Member must have value greater than or equal to ${shape.min}`)
      }
      if (shape.max !== undefined && value > shape.max) {
        throw dialect.invalid(path, text, `Member must have value less than or equal to ${shape.max}`)
      }
      return value
    }
    case 'double':
    case 'float': {
      const value = Number(text)
      if (Number.isNaN(value)) throw dialect.invalid(path, text, 'Member must be a number')
      return value
    }
    case 'timestamp':
      return Date.parse(text)
    default: {
      if (shape.enum && !shape.enum.includes(text)) {
        throw dialect.invalid(path, text, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`)
      }
      if (shape.min !== undefined && text.length < shape.min) {
        throw dialect.invalid(path, text, `Member must have length greater than or equal to ${shape.min}`)
      }
      if (shape.max !== undefined && text.length > shape.max) {
        throw dialect.invalid(path, text, `Member must have length less than or equal to ${shape.max}`)
      }
      return text
    }
  }
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
