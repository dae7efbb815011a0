import { compareVersions } from './version-order.ts'
import type { FieldError } from '../failure.ts'
import { deepEqual, isObject, valueAt } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { compileCelRules } from '../schema/cel.ts'
import type { Schema } from '../schema/schema.ts'
import { customColumns, type PrinterColumn } from '../table/columns.ts'
import type { ClientConfig } from '../webhooks/client-config.ts'
import type { ConversionWebhook } from '../webhooks/conversion.ts'
import { metadataSchema } from './builtin/shapes.ts'
import type { ResourceDefinition, ResourceVersion } from './definition.ts'

interface CustomResourceVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: Schema }
  subresources?: {
    status?: object
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  }
  additionalPrinterColumns?: PrinterColumn[]
  selectableFields?: { jsonPath: string }[]
}

export interface CustomResourceNames {
  plural: string
  singular?: string
  kind: string
  listKind?: string
  shortNames?: string[]
  categories?: string[]
}

/** A CustomResourceDefinition, for the fields the server reads. */
export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string
    names: CustomResourceNames
    scope: 'Namespaced' | 'Cluster'
    versions: CustomResourceVersion[]
    conversion?: {
      strategy: string
      webhook?: { clientConfig?: ClientConfig; conversionReviewVersions?: string[] }
    }
  }
  status?: object
}

/** The kind that a CustomResourceDefinition declares. */
export function definitionOf(crd: CustomResourceDefinition): ResourceDefinition {
  const { group, names, scope, versions } = crd.spec
  return {
    group,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    versions: versions.map((version) => resourceVersion(version, { group, kind: names.kind }, versions)),
    storageVersion: versions.find((version) => version.storage)?.name ?? '',
    table: `${names.plural}.${group}`,
    custom: true,
    ...conversionOf(crd),
    behaviour: {},
    definitionUid: crd.metadata.uid ?? '',
  }
}

function conversionOf({ spec: { conversion } }: CustomResourceDefinition): { conversion?: ConversionWebhook } {
  const { clientConfig, conversionReviewVersions = [] } = conversion?.webhook ?? {}
  if (conversion?.strategy !== 'Webhook' || clientConfig === undefined) return {}
  return { conversion: { clientConfig, reviewVersions: conversionReviewVersions } }
}

function resourceVersion(
  version: CustomResourceVersion,
  { group, kind }: { group: string; kind: string },
  all: readonly CustomResourceVersion[],
): ResourceVersion {
  const scale = version.subresources?.scale
  const schema = version.schema?.openAPIV3Schema
  return {
    name: version.name,
    served: version.served,
    schema: schema === undefined ? undefined : withObjectFields(schema),
    columns: customColumns(version.additionalPrinterColumns),
    status: version.subresources?.status !== undefined,
    ...(scale === undefined
      ? {}
      : {
          scale: {
            spec: pathOf(scale.specReplicasPath),
            status: pathOf(scale.statusReplicasPath),
            ...(scale.labelSelectorPath === undefined ? {} : { selector: pathOf(scale.labelSelectorPath) }),
          },
        }),
    selectable: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    ...(version.deprecated === true
      ? { deprecationWarning: version.deprecationWarning ?? defaultWarning(version, { group, kind }, all) }
      : {}),
  }
}

/** Names the newest version to use in place of a deprecated one, if there is any. */
function defaultWarning(
  { name }: CustomResourceVersion,
  { group, kind }: { group: string; kind: string },
  all: readonly CustomResourceVersion[],
): string {
  const [newest] = all
    .filter((version) => version.served && version.deprecated !== true && compareVersions(version.name, name) < 0)
    .map((version) => version.name)
    .toSorted(compareVersions)
  const instead = newest === undefined ? '' : `; use ${group}/${newest} ${kind}`
  return `${group}/${name} ${kind} is deprecated${instead}`
}

/** Every object has these, whatever its schema says. */
function withObjectFields(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: metadataSchema,
    },
  }
}

function pathOf(jsonPath: string): string[] {
  return jsonPath.replace(/^\./, '').split('.')
}

/** Whether what the other rules look at is there; what is missing, the schema of definitions says. */
function hasForm(crd: KubeObject): boolean {
  const { spec } = crd
  if (!isObject(spec) || !isObject(spec['names']) || !Array.isArray(spec['versions'])) return false
  return typeof spec['names']['kind'] === 'string' && spec['versions'].every(isObject)
}

/** Fills the names that a definition leaves out. */
export function defaultCustomResourceDefinition(crd: CustomResourceDefinition): void {
  if (!hasForm(crd)) return
  const { names } = crd.spec
  names.singular ??= names.kind.toLowerCase()
  names.listKind ??= `${names.kind}List`
  crd.spec.conversion ??= { strategy: 'None' }
}

/** What is wrong with a definition beyond its shape. */
export function validateCustomResourceDefinition(crd: CustomResourceDefinition): FieldError[] {
  if (!hasForm(crd)) return []
  const { spec } = crd
  const errors: FieldError[] = []
  const wanted = `${spec.names.plural}.${spec.group}`
  if (crd.metadata.name !== wanted) {
    errors.push({
      type: 'FieldValueInvalid',
      field: 'metadata.name',
      value: crd.metadata.name,
      detail: 'must be spec.names.plural+"."+spec.group',
    })
  }
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'spec.scope',
      value: spec.scope,
      detail: 'supported values: "Cluster", "Namespaced"',
    })
  }
  if (spec.versions.filter((version) => version.storage).length !== 1) {
    errors.push({
      type: 'FieldValueInvalid',
      field: 'spec.versions',
      value: spec.versions.map(({ name, served, storage, deprecated, deprecationWarning }) => ({
        Name: name,
        Served: served,
        Storage: storage,
        Deprecated: deprecated === true,
        DeprecationWarning: deprecationWarning ?? null,
        Schema: null,
        Subresources: null,
        AdditionalPrinterColumns: null,
        SelectableFields: null,
      })),
      detail: 'must have exactly one version marked as storage version',
    })
  }
  errors.push(...storedVersionErrors(spec.versions))
  // A schema that all versions share is known under another path.
  const shared = spec.versions.every((version) => deepEqual(version.schema, spec.versions[0]?.schema))
  spec.versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`
    const schemaPath = shared ? 'spec.validation.openAPIV3Schema' : `${path}.schema.openAPIV3Schema`
    const again = shared && index > 0
    errors.push(...validateVersion(version, path, again ? undefined : schemaPath))
  })
  return errors
}

/** What the status would say about versions in which objects may be stored. */
function storedVersionErrors(versions: readonly CustomResourceVersion[]): FieldError[] {
  const field = 'status.storedVersions'
  const [first, ...others] = versions.filter(({ storage }) => storage).map(({ name }) => name)
  if (first === undefined)
    return [{ type: 'FieldValueInvalid', field, value: null, detail: 'must have at least one stored version' }]
  return others.map((name) => ({
    type: 'FieldValueInvalid',
    field,
    value: [first],
    detail: `must have the storage version ${name}`,
  }))
}

/** @param schemaPath absent: the schema was looked at before. */
function validateVersion(version: CustomResourceVersion, path: string, schemaPath: string | undefined): FieldError[] {
  const schema = version.schema?.openAPIV3Schema
  if (schema === undefined) return [{ type: 'FieldValueRequired', field: `${path}.schema.openAPIV3Schema` }]
  const errors = schemaPath === undefined ? [] : validateStructure(schema, schemaPath, true)
  for (const [index, { jsonPath }] of (version.additionalPrinterColumns ?? []).entries()) {
    try {
      customColumns([{ name: 'column', type: 'string', jsonPath }])
    } catch (error) {
      errors.push({
        type: 'FieldValueInvalid',
        field: `${path}.additionalPrinterColumns[${index}].jsonPath`,
        value: jsonPath,
        detail: String(error),
      })
    }
  }
  return errors
}

/** The rules that make a schema structural, and rules that must compile. */
function validateStructure(schema: Schema, path: string, root: boolean): FieldError[] {
  const errors: FieldError[] = []
  const open = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema.type === undefined && !open)
    errors.push({
      type: 'FieldValueRequired',
      field: `${path}.type`,
      detail: 'must not be empty for specified object fields',
    })
  if (root && schema.type !== undefined && schema.type !== 'object') {
    errors.push({
      type: 'FieldValueInvalid',
      field: `${path}.type`,
      value: schema.type,
      detail: 'must be object at the root',
    })
  }
  if (schema.type === 'array' && schema.items === undefined)
    errors.push({ type: 'FieldValueRequired', field: `${path}.items`, detail: 'must be specified' })
  if (schema.pattern !== undefined && !compiles(() => new RegExp(schema.pattern ?? ''))) {
    errors.push({
      type: 'FieldValueInvalid',
      field: `${path}.pattern`,
      value: schema.pattern,
      detail: 'must be a valid regular expression',
    })
  }
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const problem = celProblem(rule.rule)
    if (problem !== undefined) {
      errors.push({
        type: 'FieldValueInvalid',
        field: `${path}.x-kubernetes-validations[${index}].rule`,
        value: {
          Rule: rule.rule,
          Message: rule.message ?? '',
          MessageExpression: rule.messageExpression ?? '',
          Reason: rule.reason ?? null,
          FieldPath: rule.fieldPath ?? '',
          OptionalOldSelf: rule.optionalOldSelf ?? null,
        },
        detail: `compilation failed: ${problem}`,
      })
    }
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!(root && name === 'metadata')) errors.push(...validateStructure(member, `${path}.properties[${name}]`, false))
  }
  if (schema.items !== undefined) errors.push(...validateStructure(schema.items, `${path}.items`, false))
  if (isObject(schema.additionalProperties))
    errors.push(...validateStructure(schema.additionalProperties, `${path}.additionalProperties`, false))
  return errors
}

function compiles(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

function celProblem(rule: string): string | undefined {
  try {
    compileCelRules({ type: 'object', 'x-kubernetes-validations': [{ rule }] }).check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The status that an accepted definition shows. */
export function acceptedStatus(crd: CustomResourceDefinition, now: string): object {
  const former = valueAt(crd.status, ['storedVersions'])
  const stored = Array.isArray(former) ? (former as string[]) : []
  const storage = crd.spec.versions.find((version) => version.storage)?.name ?? ''
  const formerConditions = valueAt(crd.status, ['conditions'])
  const condition = (type: string, reason: string, message: string) => {
    const known = Array.isArray(formerConditions)
      ? formerConditions.find((item) => isObject(item) && item['type'] === type)
      : undefined
    const since = isObject(known) && known['status'] === 'True' ? known['lastTransitionTime'] : now
    return { type, status: 'True', lastTransitionTime: since, reason, message }
  }
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: crd.spec.names,
    storedVersions: stored.includes(storage) ? stored : [...stored, storage],
  }
}
