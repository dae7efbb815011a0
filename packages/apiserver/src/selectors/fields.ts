import { badRequest } from '../failure.ts'
import { valueAt } from '../json.ts'
import type { KubeObject } from '../object.ts'

export type FieldPredicate = (object: KubeObject) => boolean

/**
 * The predicate of a selector such as `spec.nodeName=a,status.phase!=Running`.
 *
 * @param paths what may be named beyond `metadata.name` and `metadata.namespace`.
 * @param custom the objects are custom resources, for which messages are worded in another way.
 */
export function parseFieldSelector(selector: string, paths: readonly string[], custom = false): FieldPredicate {
  if (selector.trim() === '') return () => true
  const terms = selector.split(/(?<!\\),/).map((term) => parseTerm(term, selector, paths, custom))
  return (object) => terms.every((term) => term(object))
}

function parseTerm(term: string, selector: string, paths: readonly string[], custom: boolean): FieldPredicate {
  const match = /^\s*([^=!\s]+)\s*(==|=|!=)(.*)$/s.exec(term)
  if (match === null) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
  const [, field = '', operator, raw = ''] = match
  if (field !== 'metadata.name' && field !== 'metadata.namespace' && !paths.includes(field)) {
    throw badRequest(
      custom || paths.length > 0
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    )
  }
  const wanted = raw.trim().replaceAll(/\\([\\,=])/g, '$1')
  const path = field.split('.')
  return (object) => (fieldText(object, path) === wanted) === (operator !== '!=')
}

function fieldText(object: KubeObject, path: readonly string[]): string {
  const value = valueAt(object, path)
  if (value === undefined || value === null) return path.at(-1) === 'unschedulable' ? 'false' : ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
