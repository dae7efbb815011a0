import type { KubeObject } from '../object.ts'
import type { Column } from './column.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

interface TableOptions {
  readonly include: IncludeObject
  readonly now: number
  readonly metadata: object
  /** `meta.k8s.io/v1`, or an older one. */
  readonly apiVersion: string
  /** Later events of a watch carry no headings. */
  readonly headings: boolean
}

/** The server-side printed form of objects. */
export function renderTable(objects: readonly KubeObject[], columns: readonly Column[], options: TableOptions): object {
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: options.metadata,
    columnDefinitions: options.headings
      ? columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObject(object, options),
    })),
  }
}

function rowObject(object: KubeObject, { include, apiVersion }: TableOptions): object {
  if (include === 'None') return { object: null }
  return { object: include === 'Object' ? object : partialMetadata(object, apiVersion) }
}

/** Only the metadata of an object. */
export function partialMetadata(object: KubeObject, apiVersion: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata }
}
