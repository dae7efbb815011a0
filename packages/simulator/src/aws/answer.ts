import { AwsError } from './error.ts'
import type { Service } from './service.ts'
import { readJson, writeJson, writeJsonError } from './wire/json.ts'
import type { Input } from './wire/model.ts'
import { readQuery } from './wire/read-query.ts'
import { writeXml, writeXmlError } from './wire/write-xml.ts'

/** What goes back over the wire. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

function speaksJson({ model }: Service): boolean {
  return model.metadata.protocol === 'json'
}

export function readInput(service: Service, operation: string, body: string, form: URLSearchParams): Input {
  const inputShape = service.model.operations[operation]?.input
  return speaksJson(service) ? readJson(service.model, inputShape, body) : readQuery(service.model, inputShape, form)
}

export function successAnswer(service: Service, operation: string, output: object, requestId: string): Answer {
  if (speaksJson(service)) {
    return { status: 200, contentType: 'application/x-amz-json-1.1', body: writeJson(service.model, operation, output) }
  }
  const body = writeXml(service.model, operation, output, requestId)
  return { status: 200, contentType: 'text/xml;charset=UTF-8', body }
}

export function errorAnswer(service: Service, error: AwsError, requestId: string): Answer {
  if (speaksJson(service)) {
    return { status: error.status, contentType: 'application/x-amz-json-1.1', body: writeJsonError(error) }
  }
  return { status: error.status, contentType: 'text/xml', body: writeXmlError(service.model, error, requestId) }
}
