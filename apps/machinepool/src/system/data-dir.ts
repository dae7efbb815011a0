import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Another process uses the directory. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError'
}

/** Where one running system keeps its files. */
export interface DataDir {
  readonly path: string
  /** False for a directory that goes away with the process. */
  readonly persistent: boolean
  /** Writes a file so that a reader sees all of it or the one before, readable by its owner only. */
  write(name: string, text: string): string
  /** The text of a file, undefined when there is none. */
  read(name: string): string | undefined
  file(name: string): string
  /** Gives the directory free; a temporary one is removed. */
  close(): void
}

/**
 * Opens (and makes) a data directory, and keeps other processes out of it. A lock left behind by a killed process is
 * taken over. Without a path: a temporary directory.
 * @throws {DataDirInUseError} naming the process that holds it
 */
export function openDataDir(path?: string): DataDir {
  const persistent = path !== undefined
  const folder = path === undefined ? mkdtempSync(join(tmpdir(), 'machinepool-')) : resolve(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = join(folder, 'lock')
  takeLock(lock, folder)
  return {
    path: folder,
    persistent,
    write(name, text) {
      const file = join(folder, name)
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
      return file
    },
    read(name) {
      const file = join(folder, name)
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined
    },
    file: (name) => join(folder, name),
    close() {
      rmSync(persistent ? lock : folder, { recursive: !persistent, force: true })
    },
  }
}

/** Tells this process from an earlier one with the same process id. */
const ownMark = `${process.pid} ${performance.timeOrigin}\n`

function takeLock(lock: string, folder: string): void {
  for (;;) {
    try {
      writeFileSync(lock, ownMark, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const mark = readFileSync(lock, 'utf8')
    const holder = Number.parseInt(mark, 10)
    // A restarted container may well give us the process id of our killed predecessor.
    if (mark === ownMark || (holder !== process.pid && isAlive(holder))) {
      throw new DataDirInUseError(
        `${folder} is in use by process ${holder}; stop it first, or choose another directory with --data-dir`,
      )
    }
    rmSync(lock, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
