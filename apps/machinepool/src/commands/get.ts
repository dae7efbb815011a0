import { stringify } from 'yaml'

import type { Context } from '../context.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { createResourceFinder } from '../kubernetes/resource-finder.ts'
import { fetchTable } from '../kubernetes/server-table.ts'
import { formatTable } from '../output/table.ts'

export interface GetCommandOptions extends ConnectionOptions {
  readonly output?: 'wide' | 'yaml' | 'json' | 'name'
  readonly allNamespaces?: boolean
  readonly selector?: string
}

/** `machinepool get [KIND] [NAME]`: what the server prints for kubectl, without kubectl. */
export async function get(
  kind: string,
  name: string | undefined,
  options: GetCommandOptions,
  context: Context,
): Promise<number> {
  const { client, namespace } = await connect(options, context)
  try {
    const resource = await createResourceFinder(client).byName(kind)
    const scope = options.allNamespaces ? undefined : namespace
    if (options.output === 'yaml' || options.output === 'json' || options.output === 'name') {
      const objects =
        name === undefined
          ? (await client.list(resource, { ...(scope !== undefined && { namespace: scope }), ...selected(options) }))
              .items
          : [await client.get(resource, resource.namespaced ? { namespace, name } : { name })]
      context.out.write(formatObjects(objects, resource.plural, options.output, name !== undefined))
      return 0
    }
    const table = await fetchTable(client, resource, { namespace: scope, name, labelSelector: options.selector })
    const wide = options.output === 'wide'
    const columns = table.columnDefinitions
      .map((column, index) => ({ ...column, index }))
      .filter(({ priority }) => wide || !priority)
    if (table.rows.length === 0) {
      context.err.write(scope === undefined ? 'No resources found\n' : `No resources found in ${scope} namespace.\n`)
      return 0
    }
    const withNamespace = scope === undefined && resource.namespaced
    const header = [...(withNamespace ? ['NAMESPACE'] : []), ...columns.map((column) => column.name.toUpperCase())]
    const rows = table.rows.map((row) => [
      ...(withNamespace ? [row.object.metadata.namespace ?? ''] : []),
      ...columns.map(({ index }) => cell(row.cells[index])),
    ])
    context.out.write(`${formatTable(header, rows)}\n`)
    return 0
  } finally {
    await client.close()
  }
}

function selected({ selector }: GetCommandOptions): { labelSelector?: string } {
  return selector === undefined ? {} : { labelSelector: selector }
}

function cell(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

function formatObjects(
  objects: readonly { metadata: { name?: string } }[],
  plural: string,
  output: 'yaml' | 'json' | 'name',
  single: boolean,
): string {
  if (output === 'name') return objects.map(({ metadata }) => `${plural}/${metadata.name ?? ''}\n`).join('')
  const value = single ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects }
  return output === 'yaml' ? stringify(value) : `${JSON.stringify(value, undefined, 2)}\n`
}
