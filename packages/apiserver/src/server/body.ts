import type { IncomingMessage } from 'node:http'

import { parse as parseYaml } from 'yaml'

import { ApiFailure, badRequest, unsupportedMediaType } from '../failure.ts'
import { isObject } from '../json.ts'
import { decodeProtobuf, protobufType } from './protobuf.ts'

export interface BodyLimits {
  /** Bytes. */
  readonly size: number
  /** Levels of nesting. */
  readonly depth: number
}

/** As of kube-apiserver: 3 MiB. The depth is ours. */
export const defaultLimits: BodyLimits = { size: 3 * 1024 * 1024, depth: 256 }

/** @throws ApiFailure 413 when it is too large. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.size) {
      throw new ApiFailure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limits.size}`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const jsonTypes = new Set([
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  '',
])
const yamlTypes = new Set(['application/yaml', 'application/apply-patch+yaml'])

const readable = ['application/json', 'application/yaml', protobufType]

/** The media type without parameters, in lower case. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/**
 * The value of a body; undefined for an empty one.
 *
 * @throws ApiFailure 400 when it does not parse or is nested too deeply, 415 for a type that is not understood.
 */
export function parseBody(bytes: Buffer, type: string, limits: BodyLimits): unknown {
  if (bytes.length === 0) return undefined
  if (type === protobufType) return decodeProtobuf(bytes)
  if (!jsonTypes.has(type) && !yamlTypes.has(type)) throw unsupportedMediaType(readable)
  const text = bytes.toString('utf8')
  checkDepth(text, limits.depth)
  const value = yamlTypes.has(type) && !text.trimStart().startsWith('{') ? fromYaml(text) : fromJson(text)
  if (text.includes('__proto__') || text.includes('\\u')) refusePrototype(value)
  return value
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`the body of the request is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function fromYaml(text: string): unknown {
  try {
    return parseYaml(text, {
      version: '1.1',
      schema: 'yaml-1.1',
      maxAliasCount: 20,
      uniqueKeys: true,
      logLevel: 'error',
    })
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Counts brackets outside strings: the parser and all that walks the value recurse. */
function checkDepth(text: string, most: number): void {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > most) throw badRequest(`the body of the request is nested more than ${most} levels deep`)
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
}

/** A member of this name would become the prototype of a copy. */
function refusePrototype(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refusePrototype)
  else if (isObject(value)) {
    if (Object.hasOwn(value, '__proto__'))
      throw badRequest('the body of the request has a field named "__proto__", which is not allowed')
    Object.values(value).forEach(refusePrototype)
  }
}
