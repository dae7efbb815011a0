import { DatabaseSync } from 'node:sqlite'

const layout = 1

/** Where a simulated cloud keeps its records, so that they outlive the process. */
export interface StateFile {
  /** Names of the regions that have records. */
  regions(): string[]
  /** The records of one table of a region, in the order in which they were made. */
  load(region: string, table: string): Iterable<readonly [key: string, record: unknown]>
  /** Notes a change, undefined for a removal; it is written by the next `flush`, at the latest when this turn is over. */
  note(region: string, table: string, key: string, record: unknown): void
  /** Writes everything noted so far: all of it or, when the process is killed meanwhile, nothing. */
  flush(): void
  close(): void
}

/** One SQLite file in WAL mode. What has been flushed survives the end of the process, `kill -9` included. */
export function openStateFile(path: string): StateFile {
  const database = new DatabaseSync(path)
  // A second process on the same file fails at start.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found > layout) {
    database.close()
    throw new Error(`${path} was written by a newer version of this program (layout ${found}, known ${layout})`)
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS record (
      region TEXT, kind TEXT, key TEXT, json TEXT NOT NULL, PRIMARY KEY (region, kind, key)
    );
    PRAGMA user_version = ${layout};
  `)
  const put = database.prepare(
    'INSERT INTO record (region, kind, key, json) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json',
  )
  const remove = database.prepare('DELETE FROM record WHERE region = ? AND kind = ? AND key = ?')
  const read = database.prepare('SELECT key, json FROM record WHERE region = ? AND kind = ? ORDER BY rowid')
  const noted = new Map<string, { region: string; table: string; key: string; record: unknown }>()
  let scheduled: NodeJS.Immediate | undefined

  function flush() {
    clearImmediate(scheduled)
    scheduled = undefined
    if (noted.size === 0) return
    database.exec('BEGIN')
    for (const { region, table, key, record } of noted.values()) {
      if (record === undefined) remove.run(region, table, key)
      else put.run(region, table, key, JSON.stringify(record))
    }
    database.exec('COMMIT')
    noted.clear()
  }

  return {
    regions: () =>
      database
        .prepare('SELECT DISTINCT region FROM record')
        .all()
        .map((row) => String(row['region'])),
    load: (region, table) =>
      read.all(region, table).map((row) => [String(row['key']), JSON.parse(String(row['json'])) as unknown] as const),
    note(region, table, key, record) {
      noted.set(`${region}\n${table}\n${key}`, { region, table, key, record })
      scheduled ??= setImmediate(flush)
    },
    flush,
    close() {
      flush()
      database.close()
    },
  }
}
