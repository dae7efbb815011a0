import type { FieldError } from '../../../failure.ts'
import { isObject, textOf, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import { items } from './fields.ts'

export function defaultPodSpec(spec: unknown): void {
  if (!isObject(spec)) return
  spec['restartPolicy'] ??= 'Always'
  spec['dnsPolicy'] ??= 'ClusterFirst'
  spec['schedulerName'] ??= 'default-scheduler'
  spec['securityContext'] ??= {}
  spec['terminationGracePeriodSeconds'] ??= 30
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] ??= spec['serviceAccountName']
  for (const container of [...items(spec, 'containers'), ...items(spec, 'initContainers')]) defaultContainer(container)
  for (const volume of items(spec, 'volumes')) {
    for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
      const value = volume[source]
      if (isObject(value)) value['defaultMode'] ??= 0o644
    }
  }
}

function defaultContainer(container: JsonObject): void {
  const image = textOf(container['image'], '')
  const tag = /:([^/]*)$/.exec(image.split('@')[0] ?? '')?.[1]
  const floating = !image.includes('@') && (tag === undefined || tag === 'latest')
  container['imagePullPolicy'] ??= floating ? 'Always' : 'IfNotPresent'
  const resources = isObject(container['resources'])
    ? container['resources']
    : (container['resources'] = {} as JsonObject)
  if (isObject(resources['limits']))
    resources['requests'] = { ...resources['limits'], ...(resources['requests'] as object | undefined) }
  container['terminationMessagePath'] ??= '/dev/termination-log'
  container['terminationMessagePolicy'] ??= 'File'
  for (const port of items(container, 'ports')) port['protocol'] ??= 'TCP'
  for (const env of items(container, 'env')) {
    const field = valueAt(env, ['valueFrom', 'fieldRef'])
    if (isObject(field)) field['apiVersion'] ??= 'v1'
  }
}

export function requireContainers(object: KubeObject, path: string): FieldError[] {
  const list = items(object, `${path}.containers`)
  if (list.length === 0) return [{ type: 'FieldValueRequired', field: `${path}.containers` }]
  return list.flatMap((container, index): FieldError[] => {
    const missing = ['name', 'image'].filter((field) => container[field] === undefined || container[field] === '')
    return missing.map((field) => ({ type: 'FieldValueRequired', field: `${path}.containers[${index}].${field}` }))
  })
}
