import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { filesBelow, importsOf, packageOf, root, workspacePackages } from './workspace.ts'

/** Every package, app and example, without tests: what is published or shown. */
const product = ['packages', 'apps']
  .flatMap((folder) => filesBelow(folder, '.ts'))
  .filter((path) => !/\.test\./.test(path))

const clouds = workspacePackages('packages').flatMap(
  ({ folder }) => /^packages\/provider-(?<cloud>(?!kit$).+)$/.exec(folder)?.groups?.['cloud'] ?? [],
)

function knowers(files: readonly string[], name: string): string[] {
  return files.filter((path) => importsOf(path).some((specifier) => packageOf(specifier) === name))
}

describe.each(clouds)('the provider for %s', (cloud) => {
  const name = `@machinepool/provider-${cloud}`

  test('is known to its own manager and to its own file of the command line only', () => {
    const known = knowers(product, name).filter((path) => !path.startsWith(`apps/${cloud}-manager/src/`))
    expect(known).toEqual([`apps/machinepool/src/clouds/${cloud}.ts`])
  })

  test('is in the lists of docs/contract/writing-a-provider.md', () => {
    const lists = {
      'apps/machinepool/src/clouds/clouds.ts': `from './${cloud}.ts'`,
      'test/conformance/suites.ts': `from './${cloud}-suite.ts'`,
      'test/compat/kinds.ts': `from '${name}'`,
      'test/compat/components.test.ts': `from '@machinepool/${cloud}-manager'`,
    }
    const document = readFileSync(join(root, 'docs/contract/writing-a-provider.md'), 'utf8')
    for (const [path, line] of Object.entries(lists)) {
      expect(readFileSync(join(root, path), 'utf8')).toContain(line)
      expect(document).toContain(`\`${path}\``)
    }
  })
})

test('tests that are about every provider know them through the lists', () => {
  const shared = filesBelow('test', '.ts').filter((path) => /^test\/(conformance|compat)\//.test(path))
  const own = new RegExp(`(^|[/-])(${clouds.join('|')})([-./]|$)`)
  const known = clouds
    .flatMap((cloud) => knowers(shared, `@machinepool/provider-${cloud}`))
    .filter((path) => !own.test(path))
  expect([...new Set(known)].toSorted()).toEqual(['test/compat/components.test.ts', 'test/compat/kinds.ts'])
})
