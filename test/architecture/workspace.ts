import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly description?: string
  readonly license?: string
  readonly private?: boolean
  readonly type?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly engines?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** One package of the workspace, by its folder relative to the root. */
export interface WorkspacePackage {
  readonly folder: string
  readonly manifest: Manifest
}

/** Packages of the given folders, in order of name. */
export function workspacePackages(...parents: string[]): WorkspacePackage[] {
  return parents.flatMap((parent) =>
    readdirSync(join(root, parent))
      .toSorted()
      .map((name) => `${parent}/${name}`)
      .filter((folder) => statSync(join(root, folder, 'package.json'), { throwIfNoEntry: false })?.isFile())
      .map((folder) => ({
        folder,
        manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
      })),
  )
}

const skipped = new Set(['node_modules', 'dist', '.git', '.cache'])

/** Files below `folder` that end in `ending`, relative to the root, in order of name; nothing installed or built. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path, ending)
      return entry.isFile() && entry.name.endsWith(ending) ? [path] : []
    })
}

/** What a module imports: package names and relative paths, as written. */
export function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '')
}

/** `@scope/name/sub` → `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
