import { GcpError } from './error.ts'

/** The members to keep, by name; an empty mask keeps all of what it stands for. */
interface Mask {
  readonly [name: string]: Mask
}

/**
 * Reads a `fields` parameter, such as `nextPageToken,items(name,status/isStable)`.
 * https://cloud.google.com/compute/docs/api/how-tos/performance#partial-response
 */
export function createFieldMask(text: string): (value: object) => object {
  const tokens = text.match(/[^,()/\s]+|[,()/]/g) ?? []
  let at = 0

  function list(): Mask {
    const mask: Record<string, Mask> = {}
    for (;;) {
      const [name, inner] = path()
      mask[name] = { ...mask[name], ...inner }
      if (tokens[at] !== ',') return mask
      at++
    }
  }

  function path(): [string, Mask] {
    const name = tokens[at++]
    if (name === undefined || /^[,()/]$/.test(name)) throw broken(text)
    if (tokens[at] === '/') {
      at++
      const [inner, rest] = path()
      return [name, { [inner]: rest }]
    }
    if (tokens[at] !== '(') return [name, {}]
    at++
    const inner = list()
    if (tokens[at++] !== ')') throw broken(text)
    return [name, inner]
  }

  const mask = list()
  if (at < tokens.length) throw broken(text)
  return (value) => select(value, mask) as object
}

function broken(text: string): GcpError {
  return new GcpError(400, 'invalidParameter', `Invalid field selection ${text}`)
}

function select(value: unknown, mask: Mask): unknown {
  if (Object.keys(mask).length === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => select(item, mask))
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
      const inner = mask[name] ?? mask['*']
      return inner ? [[name, select(member, inner)]] : []
    }),
  )
}
