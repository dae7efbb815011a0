/** How a member of a structure, or the items of a list, are named on the wire. */
interface Reference {
  readonly shape: string
  readonly locationName?: string
  /** EC2 only: the name in a request where it differs from the one in a response. */
  readonly queryName?: string
}

export interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Reference>>
  readonly member?: Reference
  readonly key?: Reference
  readonly value?: Reference
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly flattened?: boolean
  /** Length of a string or list, or bound of a number. */
  readonly min?: number
  readonly max?: number
}

/** The part of AWS's published model of a service that the simulator speaks. */
export interface ServiceModel {
  readonly metadata: {
    readonly protocol: string
    readonly apiVersion: string
    readonly xmlNamespace?: string
    readonly targetPrefix?: string
  }
  readonly operations: Readonly<Record<string, { readonly input?: string; readonly output?: string }>>
  readonly shapes: Readonly<Record<string, Shape>>
}

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name]
  if (!shape) throw new Error(`the model has no shape ${name}`)
  return shape
}

/** A parsed request: members under the model's names, already of the model's types. */
export type Input = Record<string, unknown>
