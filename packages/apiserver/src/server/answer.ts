import type { IncomingMessage, ServerResponse } from 'node:http'

import { stringify as toYaml } from 'yaml'

import { ApiFailure, notAcceptableForm } from '../failure.ts'
import type { KubeObject } from '../object.ts'
import type { Target } from '../operations/target.ts'
import { partialMetadata, renderTable, type IncludeObject } from '../table/table.ts'
import type { Accepted } from './negotiation.ts'

/** A request that is being answered. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly accepted: Accepted
}

export function send(response: ServerResponse, code: number, text: string, type = 'application/json'): void {
  const bytes = Buffer.from(text)
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-cache, private',
  })
  response.end(bytes)
}

/** As kube-apiserver writes YAML. */
const yamlStyle = { sortMapEntries: true, lineWidth: 0, indentSeq: false } as const

export function sendObject({ response, accepted }: Call, code: number, text: string): void {
  sendAs(response, accepted.format, code, text)
}

export function sendAs(response: ServerResponse, format: 'json' | 'yaml', code: number, text: string): void {
  if (format === 'json') send(response, code, text)
  else send(response, code, toYaml(JSON.parse(text), yamlStyle), 'application/yaml')
}

/** Where Go has the type of a kind. */
function goPackage({ kind: { definition } }: Target): string {
  return definition.group === '' ? 'core' : (definition.group.split('.')[0] ?? '')
}

/** Tables of single objects are what `kubectl` prints after a write. */
export function answerText(call: Call, target: Target, object: object): string {
  const { kind } = object as { kind?: string }
  if (kind === 'Status' || kind === 'Scale' || call.accepted.as === 'Object') return JSON.stringify(object)
  const list = target.name === '' && call.request.method === 'DELETE'
  return JSON.stringify(
    presented(
      list ? (object as { items: KubeObject[] }).items : [object as KubeObject],
      target,
      call,
      { resourceVersion: (object as KubeObject).metadata.resourceVersion ?? '' },
      Date.now(),
    ),
  )
}

export function presented(
  objects: readonly KubeObject[],
  target: Target,
  { accepted, query, request }: Call,
  metadata: object,
  now: number,
): object {
  const include = (query.get('includeObject') ?? 'Metadata') as IncludeObject
  const apiVersion = `meta.k8s.io/${accepted.version}`
  if (accepted.as === 'Table')
    return renderTable(objects, target.version.columns, { include, now, metadata, headings: true, apiVersion })
  const list = target.name === '' && request.method !== 'POST'
  const { kind, custom } = target.kind.definition
  if (accepted.as === 'PartialObjectMetadata') {
    const type = custom ? '*unstructured.UnstructuredList' : `*${goPackage(target)}.${kind}List`
    if (list)
      throw notAcceptableForm(`you requested PartialObjectMetadata, but the requested object is a list (${type})`)
    return partialMetadata(objects[0] as KubeObject, apiVersion)
  }
  const type = `*${goPackage(target)}.${kind}`
  // What has no type may be a list for all that is known of it.
  if (!list && custom) throw new ApiFailure(500, '', 'content is not a list')
  if (!list)
    throw notAcceptableForm(`you requested PartialObjectMetadataList, but the requested object is not a list (${type})`)
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata,
    items: objects.map((object) => partialMetadata(object, apiVersion)),
  }
}

export function addWarning(response: ServerResponse, message: string): void {
  const text = message.replaceAll(/["\\]/g, '\\$&').replaceAll(/[^\x20-\x7e]/g, '?')
  response.appendHeader('Warning', `299 - "${text}"`)
}
