import type { FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import { formatPath } from './path.ts'
import { memberSchema, type Schema } from './schema.ts'

const kindName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const kindHelp =
  "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

/** What `x-kubernetes-embedded-resource` asks of a value: to say what it is. */
export function validateEmbeddedResources(value: unknown, schema: Schema): FieldError[] {
  const errors: FieldError[] = []

  function visit(node: unknown, nodeSchema: Schema | undefined, path: (string | number)[]): void {
    if (nodeSchema === undefined) return
    if (Array.isArray(node)) node.forEach((item, index) => visit(item, nodeSchema.items, [...path, index]))
    else if (isObject(node)) {
      if (nodeSchema['x-kubernetes-embedded-resource'] === true) errors.push(...typeErrors(node, path))
      for (const key of Object.keys(node)) visit(node[key], memberSchema(nodeSchema, key), [...path, key])
    }
  }

  visit(value, schema, [])
  return errors
}

function typeErrors(resource: Record<string, unknown>, path: (string | number)[]): FieldError[] {
  const { apiVersion, kind } = resource
  const at = (field: string) => formatPath([...path, field])
  const invalid = (field: string, value: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field: at(field),
    value,
    detail,
  })
  const errors: FieldError[] = []
  if (apiVersion === undefined) errors.push({ type: 'FieldValueRequired', field: at('apiVersion'), detail: '' })
  else if (apiVersion === '') errors.push(invalid('apiVersion', '', 'must not be empty'))
  else if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    errors.push(invalid('apiVersion', apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  if (kind === undefined) errors.push({ type: 'FieldValueRequired', field: at('kind'), detail: '' })
  else if (kind === '') errors.push(invalid('kind', '', 'must not be empty'))
  else if (typeof kind === 'string' && !kindName.test(kind.toLowerCase())) errors.push(invalid('kind', kind, kindHelp))
  return errors
}
