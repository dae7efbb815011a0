import { ApiFailure, badRequest } from '../failure.ts'
import { clone, deepEqual, isObject, type JsonObject } from '../json.ts'

/** More operations than this in one patch are refused, as by kube-apiserver. */
const maxOperations = 10_000

/** RFC 6902. Returns a new document. */
export function applyJsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    const found = isObject(operations) ? 'object' : typeof operations
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (operations.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`
    throw new ApiFailure(413, 'RequestEntityTooLarge', message)
  }
  return operations.reduce(
    (current: unknown, operation: unknown) => applyOperation(current, operation),
    clone(document),
  )
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation) || typeof operation['path'] !== 'string')
    throw badRequest('a JSON patch operation needs op and path')
  const path = parsePointer(operation['path'])
  switch (operation['op']) {
    case 'add':
      return add(document, path, clone(needValue(operation)))
    case 'remove':
      return remove(document, path)
    case 'replace':
      return path.length === 0 ? clone(needValue(operation)) : replace(document, path, clone(needValue(operation)))
    case 'test':
      if (!deepEqual(readOptional(document, path), operation['value'] ?? null)) {
        throw unprocessable()
      }
      return document
    case 'move':
    case 'copy': {
      const from = parsePointer(String(operation['from']))
      const value = clone(read(document, from))
      return add(operation['op'] === 'move' ? remove(document, from) : document, path, value)
    }
    default:
      throw unprocessable()
  }
}

/** What is wrong in particular is not said: clients know this one sentence. */
function unprocessable(): ApiFailure {
  return new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
}

function needValue(operation: JsonObject): unknown {
  if (!Object.hasOwn(operation, 'value'))
    throw badRequest(`JSON patch operation ${String(operation['op'])} needs a value`)
  return operation['value']
}

function parsePointer(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw badRequest(`JSON pointer ${JSON.stringify(pointer)} must start with /`)
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return /^\d+$/.test(key) ? (container as unknown[])[Number(key)] : undefined
  return isObject(container) && Object.hasOwn(container, key) ? container[key] : undefined
}

function readOptional(document: unknown, path: readonly string[]): unknown {
  return path.reduce(child, document) ?? null
}

function read(document: unknown, path: readonly string[]): unknown {
  const value = path.reduce(child, document)
  if (value === undefined) throw unprocessable()
  return value
}

function parentOf(document: unknown, path: readonly string[]): [unknown[] | JsonObject, string] {
  const parent = path.slice(0, -1).reduce(child, document)
  if (!Array.isArray(parent) && !isObject(parent)) throw unprocessable()
  return [parent, path.at(-1) ?? '']
}

function indexIn(list: readonly unknown[], key: string, end: number): number {
  const index = key === '-' ? list.length : Number(key)
  if (!/^(-|\d+)$/.test(key) || index > end) throw unprocessable()
  return index
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value
  const [parent, key] = parentOf(document, path)
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key, parent.length), 0, value)
  else parent[key] = value
  return document
}

function remove(document: unknown, path: readonly string[]): unknown {
  read(document, path)
  const [parent, key] = parentOf(document, path)
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key, parent.length - 1), 1)
  else delete parent[key]
  return document
}

function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  const [parent, key] = parentOf(document, path)
  // A missing member is set, as by the patch library of the real server; a missing item is an error.
  if (Array.isArray(parent)) parent[indexIn(parent, key, parent.length - 1)] = value
  else parent[key] = value
  return document
}
