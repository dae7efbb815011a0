import { existsSync, readFileSync } from 'node:fs'

import {
  convert,
  convertManifest,
  coreKinds,
  toOpenApiSchema,
  type StructuralSchema,
  type UnknownApiObject,
} from '@machinepool/api'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { readUpstreamCrd, samplesFolder } from './upstream.ts'

// The samples of the public documentation, as they are. Like upstream's CRDs they lie beside the project; the manifests
// folder has equivalents of our own.
const present = existsSync(samplesFolder)

test('documented samples are there to be read, or this is not CI', async ({ annotate }) => {
  if (!present) await annotate(`${samplesFolder.pathname} is missing: the documented samples were not read`)
  expect(present || process.env['CI'] !== 'true', `${samplesFolder.pathname} is missing`).toBe(true)
})

describe.each(present ? ['aws-machinepool.yaml'] : [])('%s', (file) => {
  const objects = readSample(file)
  const core = objects.filter(({ kind }) => coreKinds.some((known) => known.kind === kind))

  test('is valid in the version it is written in', () => {
    expect(core.map(({ kind }) => kind)).toEqual(['MachinePool', 'KubeadmConfig'])
    expect(core.flatMap(schemaErrors)).toEqual([])
  })

  test('is valid in the current version, and the same when read in its own again', () => {
    for (const object of core) {
      const stored = convert(object, object.apiVersion.replace('v1beta1', 'v1beta2'))
      expect(schemaErrors(stored)).toEqual([])
      expect(convert(stored, object.apiVersion)).toEqual(object)
    }
  })
})

describe.each(present ? ['azure-machinepool-v1alpha4.yaml'] : [])('%s', (file) => {
  test('is converted to current versions', () => {
    const { objects } = convertManifest(readSample(file))
    expect(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'cluster.x-k8s.io/v1beta2 MachinePool',
      'infrastructure.cluster.x-k8s.io/v1beta1 AzureMachinePool',
      'bootstrap.cluster.x-k8s.io/v1beta2 KubeadmConfig',
    ])
    expect(objects.flatMap(schemaErrors)).toEqual([])
  })

  test("is valid by upstream's definition of the Azure kind, and says nothing that it doesn't know", () => {
    const [pool] = convertManifest(readSample(file)).objects.filter(({ kind }) => kind === 'AzureMachinePool')
    const { spec } = readUpstreamCrd('azure/infrastructure.cluster.x-k8s.io_azuremachinepools.yaml')
    const schema = spec.versions.find(({ name }) => name === 'v1beta1')?.schema.openAPIV3Schema
    expect(schema === undefined ? ['no v1beta1'] : Value.Errors(withoutUnknown(schema), pool)).toEqual([])
  })
})

/** A schema that refuses fields it doesn't name, in place of dropping them. */
function withoutUnknown(schema: StructuralSchema): StructuralSchema {
  const { properties, items } = schema
  if (items !== undefined) return { ...schema, items: withoutUnknown(items) }
  if (properties === undefined) return schema
  const inner = Object.entries(properties).map(([name, field]) => [name, withoutUnknown(field)] as const)
  // The metadata of an object is the server's business.
  return { ...schema, additionalProperties: false, properties: { ...Object.fromEntries(inner), metadata: {} } }
}

/** Every `${VARIABLE}` gets a value, as a user would give it. */
function readSample(file: string): UnknownApiObject[] {
  const text = readFileSync(new URL(file, samplesFolder), 'utf8').replaceAll(/\$\{[A-Z_]+\}/g, 'value')
  return parseAllDocuments(text).map((document) => document.toJS() as UnknownApiObject)
}

function schemaErrors(object: UnknownApiObject): unknown[] {
  const kind = coreKinds.find((known) => known.kind === object.kind)
  const version = kind?.versions[object.apiVersion.split('/')[1] ?? '']
  return version === undefined ? [] : Value.Errors(toOpenApiSchema(version), object)
}
