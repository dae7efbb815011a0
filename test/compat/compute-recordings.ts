import { readdirSync, readFileSync } from 'node:fs'

import { findMethod, methodOf, type ComputeModel } from './compute-model.ts'

/** One answer that a real project was given. */
export interface RecordedBody {
  readonly file: string
  readonly schema: string
  readonly body: unknown
}

/** Answers of success that real projects were given. */
export function recordedBodies(model: ComputeModel): RecordedBody[] {
  const folder = new URL('../../../shared/recordings/gcp/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
  return files.flatMap((file) => {
    const {
      operation,
      httpStatus,
      responseBody,
      exchanges = [],
    } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording
    const schema = operation === undefined ? undefined : methodOf(model, operation)?.response?.$ref
    const single = schema !== undefined && httpStatus === 200 ? [{ file, schema, body: responseBody }] : []
    return [...single, ...exchanges.flatMap((exchange) => recordedExchange(model, file, exchange))]
  })
}

interface Recording {
  readonly operation?: string
  readonly httpStatus?: number
  readonly responseBody?: unknown
  readonly exchanges?: readonly Exchange[]
}

interface Exchange {
  readonly request: { readonly method: string; readonly url?: string }
  readonly response: { readonly status: number; readonly body: unknown }
}

function recordedExchange(model: ComputeModel, file: string, { request, response }: Exchange): RecordedBody[] {
  const path = /\/compute\/v1\/([^?]+)/.exec(request.url ?? '')?.[1]
  const method = path === undefined ? undefined : findMethod(model, request.method, path)?.[1]
  if (!method?.response || response.status !== 200 || typeof response.body !== 'object') return []
  return [{ file, schema: method.response.$ref, body: response.body }]
}
