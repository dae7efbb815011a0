import { readFileSync } from 'node:fs'

interface Reference {
  readonly shape: string
  readonly locationName?: string
  readonly queryName?: string
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Reference>>
  readonly member?: Reference
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly flattened?: boolean
}

/** The official service model (botocore, Apache-2.0), trimmed to the operations in use by tools/trim-aws-model.ts. */
export interface ServiceModel {
  readonly metadata: { readonly protocol: string; readonly apiVersion: string }
  readonly operations: Readonly<Record<string, { readonly input?: string; readonly output?: string }>>
  readonly shapes: Readonly<Record<string, Shape>>
}

export function readModel(service: 'autoscaling' | 'ec2'): ServiceModel {
  const file = new URL(`../../../packages/simulator/src/aws/services/${service}/${service}.model.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as ServiceModel
}

/** Parameters of a form body that the model of the operation does not know, by name; and words outside its enums. */
export function findMistakes(model: ServiceModel, operation: string, form: URLSearchParams): readonly string[] {
  const input = model.operations[operation]?.input
  if (input === undefined) return [`there is no operation ${operation}`]
  const mistakes: string[] = []
  const given = new Set<string>()
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue
    given.add(name.split('.')[0]!)
    const shape = shapeAt(model, input, name.split('.'))
    if (shape === undefined) mistakes.push(`${name} is no parameter of ${operation}`)
    else if (shape.enum !== undefined && !shape.enum.includes(value)) mistakes.push(`${name} may not be ${value}`)
  }
  for (const required of model.shapes[input]?.required ?? []) {
    const member = model.shapes[input]!.members![required]!
    if (!given.has(wireName(model, required, member))) mistakes.push(`${required} is missing`)
  }
  return mistakes
}

function shapeAt(model: ServiceModel, shapeName: string, path: readonly string[]): Shape | undefined {
  const shape = model.shapes[shapeName]
  const [step, ...rest] = path
  if (shape === undefined || step === undefined) return path.length === 0 ? shape : undefined
  if (shape.type === 'structure') {
    const found = Object.entries(shape.members ?? {}).find(([name, member]) => wireName(model, name, member) === step)
    return found && shapeAt(model, found[1].shape, rest)
  }
  if (shape.type !== 'list') return undefined
  const item = model.metadata.protocol === 'ec2' || shape.flattened === true ? path : rest
  if (item === rest && step !== (shape.member?.locationName ?? 'member')) return undefined
  const [index, ...below] = item
  return index !== undefined && /^[1-9]\d*$/.test(index) ? shapeAt(model, shape.member!.shape, below) : undefined
}

function wireName(model: ServiceModel, name: string, { queryName, locationName }: Reference): string {
  if (model.metadata.protocol !== 'ec2') return locationName ?? name
  return queryName ?? (locationName === undefined ? name : locationName[0]!.toUpperCase() + locationName.slice(1))
}

/** An answer as AWS writes it on the wire, from its parsed form. */
export function writeAnswer(model: ServiceModel, operation: string, answer: object): string {
  const output = model.operations[operation]?.output
  const body = output === undefined ? '' : writeValue(model, output, answer)
  if (model.metadata.protocol === 'ec2') {
    return `<${operation}Response><requestId>r-1</requestId>${body}</${operation}Response>`
  }
  return `<${operation}Response><${operation}Result>${body}</${operation}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${operation}Response>`
}

function writeValue(model: ServiceModel, shapeName: string, value: unknown): string {
  const shape = model.shapes[shapeName]!
  if (shape.type === 'list') {
    const item = shape.member!.locationName ?? (model.metadata.protocol === 'ec2' ? 'item' : 'member')
    return (value as readonly unknown[])
      .map((entry) => `<${item}>${writeValue(model, shape.member!.shape, entry)}</${item}>`)
      .join('')
  }
  if (shape.type !== 'structure') return escapeXml(String(value))
  return Object.entries(value as object)
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => {
      const member = shape.members?.[name]
      if (member === undefined) throw new Error(`${shapeName} has no member ${name}`)
      const tag = member.locationName ?? name
      return `<${tag}>${writeValue(model, member.shape, content)}</${tag}>`
    })
    .join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
