import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ManifestError, parseManifest, readManifests } from './read.ts'

describe('parseManifest', () => {
  test('reads several documents, skips empty ones, unfolds lists', () => {
    const text = `
# a comment
---
apiVersion: v1
kind: Secret
metadata: {name: a}
---
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
`
    expect(parseManifest(text, 'f.yaml', {}).map(({ object }) => object.metadata.name)).toEqual(['a', 'b', 'c'])
  })

  test('reads booleans as kubectl does', () => {
    const [read] = parseManifest('apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: {on: yes}', 'f.yaml', {})
    expect(read?.object.spec).toEqual({ true: true })
  })

  test.each([
    ['metadata: {name: a}\nkind: A', 'f.yaml:1: apiVersion is missing'],
    ['---\n\nkind: A\napiVersion: v1', 'f.yaml:3: metadata.name is missing'],
    ['- 1', 'f.yaml:1: not a Kubernetes object'],
    ['a: [', 'f.yaml: '],
  ])('refuses %j', (text, message) => {
    expect(() => parseManifest(text, 'f.yaml', {})).toThrow(ManifestError)
    expect(() => parseManifest(text, 'f.yaml', {})).toThrow(message)
  })
})

function manifest(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
}

describe('readManifests', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('reads the manifests of a directory in order of name, and nothing else in it', async () => {
    await writeFile(join(folder, 'b.yaml'), manifest('b'))
    await writeFile(join(folder, 'a.yml'), manifest('a'))
    await writeFile(join(folder, 'notes.txt'), 'not a manifest')
    const read = await readManifests([folder, '-'], { variables: {}, stdin: async () => manifest('from-stdin') })
    expect(read.map(({ object }) => object.metadata.name)).toEqual(['a', 'b', 'from-stdin'])
  })

  test('says which file cannot be read', async () => {
    const missing = join(folder, 'missing.yaml')
    await expect(readManifests([missing], { variables: {} })).rejects.toThrow(`${missing}: cannot be read`)
  })
})
