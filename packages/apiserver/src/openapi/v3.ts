import { createHash } from 'node:crypto'

import { builtinShapes } from '../kinds/builtin/shapes.ts'
import type { ResourceDefinition } from '../kinds/definition.ts'
import type { Registry } from '../kinds/registry.ts'
import { openApiDefinition, type Shape } from '../kinds/shape.ts'
import { groupVersion } from '../object.ts'
import type { Schema } from '../schema/schema.ts'

const prefix = '#/components/schemas/'

/** The index: one document per group and version. */
export function openApiIndex(registry: Registry): object {
  const paths: Record<string, object> = {}
  for (const { group, version } of groupVersions(registry)) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`
    const text = JSON.stringify(openApiDocument(registry, group, version))
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase()
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
  }
  return { paths }
}

function groupVersions(registry: Registry): { group: string; version: string }[] {
  const seen = new Map<string, { group: string; version: string }>()
  for (const { definition } of registry.all()) {
    for (const { name, served } of definition.versions) {
      if (served) seen.set(groupVersion(definition.group, name), { group: definition.group, version: name })
    }
  }
  return [...seen.values()]
}

/** The document of a group and version, or undefined when it is not served. */
export function openApiDocument(registry: Registry, group: string, version: string): object | undefined {
  const definitions = registry
    .all()
    .map(({ definition }) => definition)
    .filter(
      (definition) =>
        definition.group === group && definition.versions.some(({ name, served }) => served && name === version),
    )
  if (definitions.length === 0) return undefined
  const schemas = new Map<string, object>()
  addShape('ObjectMeta', schemas)
  addShape('DeleteOptions', schemas)
  addShape('Status', schemas)
  const paths: Record<string, object> = {}
  for (const definition of definitions) {
    const name = addKind(definition, version, schemas)
    Object.assign(paths, pathsOf(definition, version, name))
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))) },
  }
}

/** Names of kinds in OpenAPI documents are reversed domains. */
function customName(group: string, version: string, kind: string): string {
  return [...group.split('.').toReversed(), version, kind].join('.')
}

function shapeOf(definition: ResourceDefinition): [string, Shape] | undefined {
  const qualified = `${definition.group.split('.')[0]}.${definition.kind}`
  const key = builtinShapes.has(qualified) ? qualified : definition.kind
  const shape = builtinShapes.get(key)
  return definition.custom || shape === undefined ? undefined : [key, shape]
}

function addKind(definition: ResourceDefinition, version: string, schemas: Map<string, object>): string {
  const gvk = [{ group: definition.group, version, kind: definition.kind }]
  const found = shapeOf(definition)
  const name = found === undefined ? customName(definition.group, version, definition.kind) : found[1].openApiName
  const schema: Schema =
    found === undefined ? customSchema(definition, version) : openApiDefinition(found[1], builtinShapes, prefix)
  if (found !== undefined) addReferences(found[1], schemas)
  const typed = {
    ...schema,
    properties: { apiVersion: apiVersionField, kind: kindField, ...schema.properties },
    'x-kubernetes-group-version-kind': gvk,
  }
  schemas.set(name, typed)
  const list = {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: apiVersionField,
      items: { type: 'array', items: { $ref: `${prefix}${name}` } },
      kind: kindField,
      metadata: { $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta` },
    },
    'x-kubernetes-group-version-kind': [{ ...gvk[0], kind: definition.listKind }],
  }
  addShape('ListMeta', schemas)
  schemas.set(`${name}List`, list)
  return name
}

const apiVersionField: Schema = { type: 'string', description: 'Version of the schema that this object follows.' }
const kindField: Schema = { type: 'string', description: 'The kind of object, in CamelCase. It cannot be changed.' }

function customSchema(definition: ResourceDefinition, versionName: string): Schema {
  const schema = definition.versions.find(({ name }) => name === versionName)?.schema ?? { type: 'object' }
  const metadata: Schema = {
    allOf: [{ $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` }],
    description: 'What every object has: its name, labels, owners.',
  }
  return { ...schema, properties: { ...schema.properties, apiVersion: apiVersionField, kind: kindField, metadata } }
}

function addShape(key: string, schemas: Map<string, object>): void {
  const shape = builtinShapes.get(key)
  if (shape === undefined || schemas.has(shape.openApiName)) return
  schemas.set(shape.openApiName, openApiDefinition(shape, builtinShapes, prefix))
  addReferences(shape, schemas)
}

function addReferences(shape: Shape, schemas: Map<string, object>): void {
  for (const field of shape.fields) addShape(field.type.replaceAll(/[[\]{}]/g, ''), schemas)
}

function pathsOf(definition: ResourceDefinition, version: string, schemaName: string): Record<string, object> {
  const { group, plural, kind, namespaced } = definition
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const gvk = { group, version, kind }
  const object = { $ref: `${prefix}${schemaName}` }
  const operation = (action: string, parameters: readonly string[], body?: object, result: object = object) => ({
    tags: [group === '' ? `core_${version}` : `${group}_${version}`],
    parameters: parameters.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    ...(body === undefined ? {} : { requestBody: { content: body } }),
    responses: { '200': { description: 'OK', content: { 'application/json': { schema: result } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  })
  const json = { 'application/json': { schema: object } }
  const post = operation('post', writeParameters, json)
  if (definition.review === true) return { [collection]: { post } }
  const list = { $ref: `${prefix}${schemaName}List` }
  return {
    [collection]: {
      get: operation('list', listParameters, undefined, list),
      post,
      delete: operation('deletecollection', listParameters),
    },
    [`${collection}/{name}`]: {
      get: operation('get', []),
      put: operation('put', writeParameters, json),
      patch: operation(
        'patch',
        [...writeParameters, 'force'],
        Object.fromEntries(patchTypes(definition).map((type) => [type, { schema: { type: 'object' } }])),
      ),
      delete: operation('delete', ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']),
    },
  }
}

const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation']
const listParameters = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
]
/** Clients choose how to patch by this list: custom resources know no strategic merge. */
function patchTypes({ custom }: ResourceDefinition): string[] {
  const all = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json']
  return custom ? all : [...all, 'application/strategic-merge-patch+json']
}
