import { textOf } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { formatAge } from './age.ts'
import type { Column } from './column.ts'
import { compileJsonPath } from './json-path.ts'

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique in its namespace.',
  cell: (object) => object.metadata.name ?? '',
}

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: (object, now) => formatAge(object.metadata.creationTimestamp, now),
}

/** A printer column as a CustomResourceDefinition declares it. */
export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  readonly jsonPath: string
}

/** Columns of a custom resource: its name first, and its age when it declares none. */
export function customColumns(declared: readonly PrinterColumn[] | undefined): Column[] {
  if (declared === undefined || declared.length === 0) return [nameColumn, ageColumn]
  return [nameColumn, ...declared.map(customColumn)]
}

function customColumn({ jsonPath, ...shown }: PrinterColumn): Column {
  const read = compileJsonPath(jsonPath)
  return { ...shown, cell: (object, now) => cellOf(read(object), shown.type, now) }
}

function cellOf(values: readonly unknown[], type: string, now: number): unknown {
  const [first] = values
  if (first === undefined || first === null) return null
  switch (type) {
    case 'integer':
      return typeof first === 'number' ? Math.trunc(first) : null
    case 'number':
      return typeof first === 'number' ? first : null
    case 'boolean':
      return typeof first === 'boolean' ? first : null
    case 'date':
      return formatAge(first, now)
    default:
      // A path that finds several shows the first.
      return textOf(first)
  }
}

/** A text column of a built-in kind. */
export function column(
  name: string,
  cell: (object: KubeObject, now: number) => unknown,
  options: Partial<Column> = {},
): Column {
  return { name, type: 'string', description: '', ...options, cell }
}
