import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { UnknownObject } from '@machinepool/kube'
import { LineCounter, parseAllDocuments } from 'yaml'

import { substituteVariables } from './substitute.ts'

/** One object of a manifest, with where it stands. */
export interface ManifestObject {
  readonly object: UnknownObject
  /** `file:line`, for messages. */
  readonly source: string
  /** The document as it was written, comments included; absent for objects of a `List`. */
  readonly text?: string
}

/** A manifest cannot be read as Kubernetes objects. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

export interface ReadManifestsOptions {
  /** Values for `${VAR}`; absent: such expressions stay as they are. */
  readonly variables?: Readonly<Record<string, string | undefined>>
  /** Supplies the text for the path `-`. */
  readonly stdin?: () => Promise<string>
}

/**
 * Reads manifests: files, directories (their .yaml, .yml and .json files, in order of name), or `-` for standard input.
 * @throws {ManifestError} with file and line when the text is not YAML or an object lacks its kind or name
 */
export async function readManifests(
  paths: readonly string[],
  options: ReadManifestsOptions,
): Promise<ManifestObject[]> {
  const objects: ManifestObject[] = []
  for (const path of await expandDirectories(paths)) {
    const text = path === '-' ? await (options.stdin?.() ?? '') : await readText(path)
    objects.push(...parseManifest(text, path === '-' ? 'standard input' : path, options.variables))
  }
  return objects
}

/** The objects in the text of one manifest; `List` objects are unfolded, empty documents dropped. */
export function parseManifest(
  text: string,
  source: string,
  variables?: Readonly<Record<string, string | undefined>>,
): ManifestObject[] {
  const lines = new LineCounter()
  const objects: ManifestObject[] = []
  // kubectl reads YAML 1.1 (`yes` is a boolean), so the same file must mean the same here.
  const substituted = variables ? substituteVariables(text, variables, source) : text
  const documents = parseAllDocuments(substituted, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: true,
  })
  if (!Array.isArray(documents)) return objects
  let start = 0
  for (const document of documents) {
    const written = substituted.slice(start, document.range[2])
    start = document.range[2]
    const [problem] = document.errors
    if (problem) throw new ManifestError(`${source}: ${problem.message}`)
    const line = lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (value === null || value === undefined) continue
    const inList = unfoldList(value)
    if (inList === undefined) objects.push({ ...checkObject(value, `${source}:${line}`), text: written })
    else objects.push(...inList.map((object) => checkObject(object, `${source}:${line}`)))
  }
  return objects
}

function unfoldList(value: unknown): unknown[] | undefined {
  return isRecord(value) && value['kind'] === 'List' && Array.isArray(value['items']) ? value['items'] : undefined
}

function checkObject(value: unknown, source: string): ManifestObject {
  if (!isRecord(value)) throw new ManifestError(`${source}: not a Kubernetes object`)
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof value[field] !== 'string' || value[field] === '') {
      throw new ManifestError(`${source}: ${field} is missing`)
    }
  }
  const { metadata } = value
  if (!isRecord(metadata) || (typeof metadata['name'] !== 'string' && typeof metadata['generateName'] !== 'string')) {
    throw new ManifestError(`${source}: metadata.name is missing`)
  }
  return { object: value as unknown as UnknownObject, source }
}

async function expandDirectories(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (path === '-' || !(await isDirectory(path))) files.push(path)
    else {
      const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name))
      files.push(...names.toSorted().map((name) => join(path, name)))
    }
  }
  return files
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw new ManifestError(`${path}: cannot be read`, { cause: error })
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ManifestError(`${path}: cannot be read`, { cause: error })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
