import { readFileSync } from 'node:fs'

/**
 * AWS's published service models are reference data beside the project, not part of it: a clone of its own has none.
 * Where they are missing, only the comparison with them is.
 */
export const modelsFolder = new URL('../../../shared/recordings/models/aws/', import.meta.url)

interface Reference {
  readonly shape: string
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Reference>>
  readonly member?: Reference
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
}

export interface AwsModel {
  readonly operations: Readonly<Record<string, { readonly input?: Reference; readonly output?: Reference }>>
  readonly shapes: Readonly<Record<string, Shape>>
}

export function readAwsModel(file: string): AwsModel {
  return JSON.parse(readFileSync(new URL(file, modelsFolder), 'utf8')) as AwsModel
}

/** How a parsed request or answer departs from a model: unknown or missing members, wrong types, values outside an enum. */
export function departures(model: AwsModel, shapeName: string, value: unknown, path: string): string[] {
  const shape = model.shapes[shapeName]
  if (!shape) return [`${path}: the model has no shape ${shapeName}`]
  switch (shape.type) {
    case 'structure':
      return structureDepartures(model, shape, value, path)
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`]
      return value.flatMap((item, index) => departures(model, shape.member!.shape, item, `${path}[${index}]`))
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? [] : [`${path} is no time`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean`]
    case 'integer':
    case 'long':
      return Number.isInteger(value) && inBounds(shape, value as number) ? [] : [`${path} is ${String(value)}`]
    case 'string':
      return stringDepartures(shape, value, path)
    default:
      return []
  }
}

function structureDepartures(model: AwsModel, shape: Shape, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} is no structure`]
  const present = Object.entries(value).filter(([, member]) => member !== undefined)
  const missing = (shape.required ?? []).filter((name) => !present.some(([key]) => key === name))
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...present.flatMap(([name, member]) => {
      const reference = shape.members?.[name]
      return reference ? departures(model, reference.shape, member, `${path}.${name}`) : [`${path}.${name} is unknown`]
    }),
  ]
}

function stringDepartures(shape: Shape, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} is no string`]
  if (shape.enum && !shape.enum.includes(value)) return [`${path} is ${value}, none of its values`]
  return inBounds(shape, value.length) ? [] : [`${path} has ${value.length} characters`]
}

function inBounds({ min = -Infinity, max = Infinity }: Shape, size: number): boolean {
  return size >= min && size <= max
}
