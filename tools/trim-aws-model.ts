// Cuts an AWS service model (botocore's service-2.json, Apache-2.0) down to the wire shapes of some operations:
//   node tools/trim-aws-model.ts service-2.json[.gz] out.model.json Operation...
// Documentation, constraints that no client sees, and unreachable shapes are left out; one shape a line.
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

interface Reference {
  shape: string
  locationName?: string
  queryName?: string
  resultWrapper?: string
}

interface Shape {
  type: string
  members?: Record<string, Reference>
  member?: Reference
  key?: Reference
  value?: Reference
  required?: string[]
  enum?: string[]
  flattened?: boolean
  min?: number
  max?: number
}

interface ServiceModel {
  metadata: { protocol: string; apiVersion: string; xmlNamespace?: string; targetPrefix?: string }
  operations: Record<string, { input?: Reference; output?: Reference }>
  shapes: Record<string, Shape>
}

const [source = '', target = '', ...names] = process.argv.slice(2)
const bytes = readFileSync(source)
const model = JSON.parse((source.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as ServiceModel

const longestEnum = 100
const reachable = new Set<string>()

function visit(reference: Reference | undefined) {
  if (!reference || reachable.has(reference.shape)) return
  reachable.add(reference.shape)
  const shape = model.shapes[reference.shape]
  if (!shape) throw new Error(`the model has no shape ${reference.shape}`)
  for (const member of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value]) visit(member)
}

function slimReference({ shape, locationName, queryName }: Reference): Reference {
  return { shape, ...(locationName && { locationName }), ...(queryName && { queryName }) }
}

function slimShape(shape: Shape): Shape {
  const { type, members, member, key, value, required, min, max } = shape
  return {
    type,
    ...(members && {
      members: Object.fromEntries(Object.entries(members).map(([name, ref]) => [name, slimReference(ref)])),
    }),
    ...(member && { member: slimReference(member) }),
    ...(key && { key: slimReference(key) }),
    ...(value && { value: slimReference(value) }),
    ...(required && { required }),
    // Longer ones, such as the instance types, are a catalogue: the service looks a value up and has its own error.
    ...(shape.enum && shape.enum.length <= longestEnum && { enum: shape.enum }),
    ...(shape.flattened && { flattened: true }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }
}

const operations = names.toSorted().map((name) => {
  const operation = model.operations[name]
  if (!operation) throw new Error(`the model has no operation ${name}`)
  visit(operation.input)
  visit(operation.output)
  const { input, output } = operation
  return [name, { ...(input && { input: input.shape }), ...(output && { output: output.shape }) }] as const
})

const { protocol, apiVersion, xmlNamespace, targetPrefix } = model.metadata
const lines = (entries: readonly (readonly [string, unknown])[]) =>
  entries.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n')
const shapes = [...reachable].toSorted().map((name) => [name, slimShape(model.shapes[name]!)] as const)

writeFileSync(
  target,
  `{\n  "metadata": ${JSON.stringify({ protocol, apiVersion, xmlNamespace, targetPrefix })},\n` +
    `  "operations": {\n${lines(operations)}\n  },\n  "shapes": {\n${lines(shapes)}\n  }\n}\n`,
)
