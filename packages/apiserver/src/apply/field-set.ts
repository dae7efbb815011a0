import { canonical, isObject, type JsonObject } from '../json.ts'

/**
 * A set of field paths, as `fieldsV1` of managedFields holds it. A path element is `f:name` for a member, `k:{...}` for an
 * item of a list-map, `v:...` for an item of a set.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export class FieldSet {
  /** Elements that are themselves in the set. */
  readonly members = new Set<string>()
  /** Sets below an element. */
  readonly children = new Map<string, FieldSet>()

  static fromJson(fields: JsonObject): FieldSet {
    const set = new FieldSet()
    for (const [element, below] of Object.entries(fields)) {
      if (element === '.') continue
      const inner = isObject(below) ? below : {}
      const keys = Object.keys(inner)
      if (keys.length === 0 || Object.hasOwn(inner, '.')) set.members.add(element)
      if (keys.some((key) => key !== '.')) set.children.set(element, FieldSet.fromJson(inner))
    }
    return set
  }

  toJson(): JsonObject {
    const out: JsonObject = {}
    for (const element of [...new Set([...this.members, ...this.children.keys()])].toSorted()) {
      const below = this.children.get(element)
      if (below === undefined) out[element] = {}
      else out[element] = this.members.has(element) ? { '.': {}, ...below.toJson() } : below.toJson()
    }
    return out
  }

  get empty(): boolean {
    return this.members.size === 0 && [...this.children.values()].every((child) => child.empty)
  }

  insert(path: readonly string[]): void {
    const [element, ...rest] = path
    if (element === undefined) return
    if (rest.length === 0) this.members.add(element)
    else this.#below(element).insert(rest)
  }

  /** Takes a path and all below it out, in place. */
  removeAll(path: readonly string[]): void {
    const [element, ...rest] = path
    if (element === undefined) return
    if (rest.length > 0) this.children.get(element)?.removeAll(rest)
    else {
      this.members.delete(element)
      this.children.delete(element)
    }
    if (this.children.get(element)?.empty === true) this.children.delete(element)
  }

  has(path: readonly string[]): boolean {
    const [element, ...rest] = path
    if (element === undefined) return false
    return rest.length === 0 ? this.members.has(element) : (this.children.get(element)?.has(rest) ?? false)
  }

  union(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine || theirs)
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && theirs)
  }

  difference(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && !theirs)
  }

  equals(other: FieldSet): boolean {
    return canonical(this.toJson()) === canonical(other.toJson())
  }

  /** All paths in the set. */
  *paths(prefix: readonly string[] = []): Generator<string[]> {
    for (const element of [...new Set([...this.members, ...this.children.keys()])].toSorted()) {
      if (this.members.has(element)) yield [...prefix, element]
      yield* this.children.get(element)?.paths([...prefix, element]) ?? []
    }
  }

  #below(element: string): FieldSet {
    let child = this.children.get(element)
    if (child === undefined) this.children.set(element, (child = new FieldSet()))
    return child
  }

  #combine(other: FieldSet, keep: (mine: boolean, theirs: boolean) => boolean): FieldSet {
    const out = new FieldSet()
    for (const element of new Set([...this.members, ...other.members])) {
      if (keep(this.members.has(element), other.members.has(element))) out.members.add(element)
    }
    for (const element of new Set([...this.children.keys(), ...other.children.keys()])) {
      const child = (this.children.get(element) ?? none).#combine(other.children.get(element) ?? none, keep)
      if (!child.empty) out.children.set(element, child)
    }
    return out
  }
}

const none = new FieldSet()

/** A path as messages show it, such as `.spec.containers[name="web"].image`. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('')
}

function formatElement(element: string): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as JsonObject)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${rest}]`
    case 'i':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}
