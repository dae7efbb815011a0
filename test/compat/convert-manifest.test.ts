import { readFileSync } from 'node:fs'

import { convertManifest, coreKinds, toOpenApiSchema, type UnknownApiObject } from '@machinepool/api'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'

const folder = new URL('manifests/', import.meta.url)

function parse(text: string): UnknownApiObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as UnknownApiObject)
}

const versionOf = (_: string, kind: string) => (kind === 'AWSMachinePool' ? 'v1beta2' : 'v1beta1')

describe.each(['v1beta1-pool', 'experimental-groups'])('%s', (name) => {
  const { objects, notes } = convertManifest(parse(readFileSync(new URL(`${name}.input.yaml`, folder), 'utf8')), {
    versionOf,
  })

  test('becomes what is written today', async () => {
    const header = notes.map(({ object, message }) => `# ${object}: ${message}\n`).join('')
    const body = objects.map((object) => stringify(object)).join('---\n')
    await expect(header + body).toMatchFileSnapshot(new URL(`${name}.output.golden.yaml`, folder).pathname)
  })

  test('is valid', () => {
    expect(objects.flatMap(schemaErrors)).toEqual([])
  })

  test('does not change a second time', () => {
    expect(convertManifest(objects, { versionOf })).toEqual({ objects, notes: [] })
  })
})

test('a provider brings its own objects up to date', () => {
  const object = {
    apiVersion: 'exp.infrastructure.cluster.x-k8s.io/v1alpha4',
    kind: 'XMachinePool',
    metadata: { name: 'x' },
  }
  const { objects, notes } = convertManifest([object], {
    convertInfrastructure: (infra) => ({
      object: { ...infra, spec: { seen: infra.apiVersion } },
      notes: ['looked at'],
    }),
  })
  expect(objects).toEqual([
    {
      ...object,
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
      spec: { seen: 'infrastructure.cluster.x-k8s.io/v1beta1' },
    },
  ])
  expect(notes.map(({ message }) => message)).toContain('looked at')
})

/** Checks objects of the core kinds against the schema of their version. */
function schemaErrors(object: UnknownApiObject): unknown[] {
  const kind = coreKinds.find((known) => known.kind === object.kind)
  const version = kind?.versions[object.apiVersion.split('/')[1] ?? '']
  return version === undefined ? [] : Value.Errors(toOpenApiSchema(version), object)
}
