import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { filesBelow, importsOf, root, workspacePackages } from './workspace.ts'

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

describe.each(workspacePackages('packages', 'apps'))('$folder', ({ folder, manifest }) => {
  test('is described the same way as every other package', () => {
    expect(manifest).toMatchObject({ license: 'Apache-2.0', type: 'module', engines: { node: '>=22.19' } })
    expect(manifest.description).toBeTruthy()
    expect(manifest.private).toBeUndefined()
    expect(Object.keys(manifest.exports ?? {})).toEqual(expect.arrayContaining(['.', './package.json']))
  })

  test('exports only files that exist', () => {
    const missing = Object.values(manifest.exports ?? {})
      .filter((entry): entry is Record<string, string> => typeof entry === 'object')
      .map((entry) => entry['@machinepool/source'] ?? '')
      .filter((path) => !existsSync(join(root, folder, path)))
    expect(missing).toEqual([])
  })

  test('is built and checked with the whole workspace', () => {
    const { references } = JSON.parse(read('tsconfig.json')) as { references: { path: string }[] }
    expect(references.map(({ path }) => path)).toContain(folder)
    const tests = JSON.parse(read('test/tsconfig.json')) as { references: { path: string }[] }
    expect(tests.references.map(({ path }) => path)).toContain(`../${folder}`)
  })

  test('references in tsconfig what it depends on', () => {
    const { references } = JSON.parse(read(`${folder}/tsconfig.json`)) as { references: { path: string }[] }
    const folders = new Map(workspacePackages('packages', 'apps').map((each) => [each.manifest.name, each.folder]))
    const wanted = Object.keys(manifest.dependencies ?? {}).flatMap((name) => folders.get(name) ?? [])
    expect(references.map(({ path }) => path.replace('../../', '')).toSorted()).toEqual(wanted.toSorted())
  })

  test('names no file after nothing in particular', () => {
    const vague = filesBelow(`${folder}/src`, '.ts').filter((path) =>
      /\/(utils?|helpers?|common|misc|types|constants)(\.test)?\.ts$/.test(path),
    )
    expect(vague).toEqual([])
  })

  test('names its files in kebab-case', () => {
    const odd = filesBelow(`${folder}/src`, '.ts').filter((path) => /[A-Z_]/.test(path.slice(folder.length)))
    expect(odd).toEqual([])
  })
})

test('no file needs, by whatever way round, itself: not even for types', () => {
  const files = ['packages', 'apps', 'bench', 'test', 'examples'].flatMap((folder) => filesBelow(folder, '.ts'))
  const needs = new Map(
    files.map((path) => [
      path,
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => join(path, '..', specifier)),
    ]),
  )
  expect(circles(needs)).toEqual([])
})

/** Each circle once, as the path that leads around it. */
function circles(needs: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, above: readonly string[]) => {
    const at = above.indexOf(path)
    if (at >= 0) found.push([...above.slice(at), path].join(' -> '))
    if (at >= 0 || done.has(path)) return
    for (const next of needs.get(path) ?? []) visit(next, [...above, path])
    done.add(path)
  }
  for (const path of needs.keys()) visit(path, [])
  return found
}

describe('below apps/', () => {
  const published = filesBelow('packages', '.ts').filter((path) => !path.endsWith('.test.ts'))

  test('nothing reads the environment', () => {
    expect(published.filter((path) => /\bprocess\.env\b/.test(read(path)))).toEqual([])
  })

  test('nothing combines signals with AbortSignal.any, which loses aborts after a garbage collection', () => {
    expect(published.filter((path) => /AbortSignal\.any\(/.test(read(path)))).toEqual([])
  })

  test('nothing writes to the console', () => {
    expect(published.filter((path) => /\bconsole\.\w+\(/.test(read(path)))).toEqual([])
  })
})

test('no test is switched off or singled out', () => {
  const tests = ['packages', 'apps', 'test', 'bench', 'examples'].flatMap((folder) => filesBelow(folder, '.test.ts'))
  // Written in two parts so that this file does not find itself.
  const switched = new RegExp(String.raw`\b(it|test|describe)\.(skip|only|todo|skipIf|runIf)` + String.raw`\(`)
  expect(tests.length).toBeGreaterThan(3)
  expect(tests.filter((path) => switched.test(read(path)))).toEqual([])
})

test('all published packages share one version', () => {
  const { fixed } = JSON.parse(read('.changeset/config.json')) as { fixed: string[][] }
  const names = workspacePackages('packages', 'apps').map(({ manifest }) => manifest.name)
  expect(fixed[0]?.toSorted()).toEqual(names.toSorted())
})
