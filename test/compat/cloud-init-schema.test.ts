import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import fc from 'fast-check'
import Schema from 'typebox/schema'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { arbitraryWorker, renderWorker } from './arbitrary-worker.ts'

// cloud-init's own schema of cloud-config, as Debian ships it.

const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'cloud-init')
const file = join(folder, 'usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json')
const run = promisify(execFile)

/** Fetches the package, without installing it; undefined where this is no Debian. */
async function readSchema(): Promise<object | undefined> {
  if (!existsSync('/usr/bin/apt-get')) return undefined
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true })
    // A machine that is new has no list of packages yet.
    const download = () => run('apt-get', ['download', '-qq', 'cloud-init'], { cwd: folder })
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq'])
      await download()
    })
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.deb')) ?? ''
    await run('dpkg-deb', ['-x', name, '.'], { cwd: folder })
  }
  return JSON.parse(await readFile(file, 'utf8')) as object
}

test("the cloud-config of any worker is valid by cloud-init's schema", async ({ annotate }) => {
  const schema = await readSchema()
  if (schema === undefined) await annotate('there is no apt-get: nothing was validated')
  expect(schema !== undefined || process.env['CI'] !== 'true', 'apt-get is needed').toBe(true)
  const validator = Schema.Compile((schema ?? {}) as never)
  fc.assert(
    fc.property(arbitraryWorker, (worker) => {
      const config: unknown = parse(renderWorker(worker, 'v1beta4'), { version: '1.1' })
      const [, problems] = validator.Errors(config)
      expect(problems.map(({ instancePath, message }) => `${instancePath} ${message}`)).toEqual([])
    }),
    { numRuns: 200 },
  )
}, 180_000)
