import type { Io, JsonObject } from '@machinepool/contract'
import { at, objectsAt, textAt, textMapAt } from '@machinepool/provider-kit'

/**
 * Whether an identity allows clusters of a namespace: absent or null means none, an empty object all; otherwise the list
 * or the selector must name it. An empty selector selects nothing.
 */
export async function namespaceIsAllowed(identity: JsonObject, namespace: string, io: Io): Promise<boolean> {
  const allowed = at(identity, 'spec', 'allowedNamespaces')
  if (typeof allowed !== 'object' || allowed === null || Array.isArray(allowed)) return false
  const list = at(allowed, 'list')
  const selector = at(allowed, 'selector')
  const hasSelector = typeof selector === 'object' && selector !== null && Object.keys(selector).length > 0
  if (list === undefined && selector === undefined) return true
  if (Array.isArray(list) && list.includes(namespace)) return true
  if (!hasSelector) return false
  const object = await io.lookup?.({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  return object !== undefined && matches(selector as JsonObject, textMapAt(object, 'metadata', 'labels'))
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function matches(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(textMapAt(selector, 'matchLabels'))
  if (!wanted.every(([key, value]) => labels[key] === value)) return false
  return objectsAt(selector, 'matchExpressions').every((expression) => {
    const key = textAt(expression, 'key') ?? ''
    const values = at(expression, 'values')
    const listed = Array.isArray(values) && labels[key] !== undefined && values.includes(labels[key])
    switch (textAt(expression, 'operator')) {
      case 'In':
        return listed
      case 'NotIn':
        return !listed
      case 'Exists':
        return key in labels
      case 'DoesNotExist':
        return !(key in labels)
      default:
        return false
    }
  })
}
