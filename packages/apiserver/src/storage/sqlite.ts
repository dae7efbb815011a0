import { DatabaseSync } from 'node:sqlite'

import type { Change, ChangeType, Storage } from './storage.ts'

const layout = 1

/** How often old changes are removed from the log: once per so many changes. */
const pruneEvery = 1000

export interface SqliteStorageOptions {
  /** File of the database; its folder must exist. */
  readonly path: string
  /**
   * `full` (default): an acknowledged write survives a power failure. `normal`: it survives the end of the process
   * (also `kill -9`), and a power failure may lose the last writes.
   */
  readonly durability?: 'full' | 'normal'
}

/** One SQLite file in WAL mode. Only one process may have it open. */
export function createSqliteStorage(options: SqliteStorageOptions): Storage {
  const database = new DatabaseSync(options.path)
  // The lock is taken by the first statement that writes and kept: a second server on the same file fails at start.
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${options.durability === 'normal' ? 'NORMAL' : 'FULL'}`)
  prepareLayout(database, options.path)

  const put = database.prepare(
    'INSERT INTO object (resource, key, json) VALUES (?, ?, ?) ON CONFLICT (resource, key) DO UPDATE SET json = excluded.json',
  )
  const remove = database.prepare('DELETE FROM object WHERE resource = ? AND key = ?')
  const log = database.prepare('INSERT INTO change (revision, type, resource, key, json) VALUES (?, ?, ?, ?, ?)')
  const prune = database.prepare('DELETE FROM change WHERE revision <= ?')
  let history = 0
  let sincePrune = 0

  function write(changes: readonly Change[]): void {
    for (const { revision, type, resource, key, json } of changes) {
      if (type === 'DELETED') remove.run(resource, key)
      else put.run(resource, key, json)
      log.run(revision, type, resource, key, json)
    }
    sincePrune += changes.length
    if (sincePrune < pruneEvery) return
    sincePrune = 0
    // The newest change always stays: it carries the revision over a restart.
    prune.run((changes.at(-1)?.revision ?? 0) - Math.max(history, 1))
  }

  return {
    load(wanted) {
      history = wanted
      const newest = database.prepare('SELECT max(revision) AS revision FROM change').get()
      const revision = Number(newest?.['revision'] ?? 0)
      const changes = database
        .prepare('SELECT revision, type, resource, key, json FROM change WHERE revision > ? ORDER BY revision')
        .all(revision - wanted)
        .map((row) => ({
          revision: Number(row['revision']),
          type: String(row['type']) as ChangeType,
          resource: String(row['resource']),
          key: String(row['key']),
          json: String(row['json']),
        }))
      return { revision, objects: readObjects(database), changes }
    },
    commit(changes) {
      database.exec('BEGIN IMMEDIATE')
      try {
        write(changes)
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    close() {
      database.close()
    },
  }
}

function* readObjects(database: DatabaseSync) {
  for (const row of database.prepare('SELECT resource, key, json FROM object').iterate()) {
    yield { resource: String(row['resource']), key: String(row['key']), json: String(row['json']) }
  }
}

function prepareLayout(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found > layout)
    throw new Error(`${path} was written by a newer version of this program (layout ${found}, known ${layout})`)
  database.exec(`
    BEGIN EXCLUSIVE;
    CREATE TABLE IF NOT EXISTS object (resource TEXT, key TEXT, json TEXT NOT NULL, PRIMARY KEY (resource, key)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS change (
      revision INTEGER PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL
    );
    PRAGMA user_version = ${layout};
    COMMIT;
  `)
}
