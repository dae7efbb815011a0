import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { DataDirInUseError, openDataDir } from './data-dir.ts'

describe('openDataDir', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-dir-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('makes the directory, writes private files, keeps them when closed', () => {
    const dir = openDataDir(join(folder, 'a', 'b'))
    const file = dir.write('kubeconfig', 'secret')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    dir.close()
    expect(readFileSync(join(folder, 'a', 'b', 'kubeconfig'), 'utf8')).toBe('secret')
    expect(existsSync(dir.file('lock'))).toBe(false)
  })

  test('keeps a second process out while the first one lives', () => {
    const first = openDataDir(folder)
    expect(() => openDataDir(folder)).toThrow(DataDirInUseError)
    expect(() => openDataDir(folder)).toThrow(`in use by process ${process.pid}`)
    first.close()
    openDataDir(folder).close()
  })

  test('takes over from a process that was killed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(join(folder, 'lock'), `${pid} 1\n`)
    expect(() => openDataDir(folder).close()).not.toThrow()
  })

  test('takes over from a killed process that had our own process id', () => {
    writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`)
    expect(() => openDataDir(folder).close()).not.toThrow()
  })

  test('removes a temporary directory when closed', () => {
    const dir = openDataDir()
    dir.write('a', 'b')
    expect(dir.persistent).toBe(false)
    dir.close()
    expect(existsSync(dir.path)).toBe(false)
  })
})
