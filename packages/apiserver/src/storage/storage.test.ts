import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { KubeObject } from '../object.ts'
import { createMemoryStorage } from './memory.ts'
import { ObjectStore } from './object-store.ts'
import { createSqliteStorage } from './sqlite.ts'
import type { Storage } from './storage.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apiserver-storage-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function object(name: string, value = 0): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name }, value }
}

function names(store: ObjectStore, query: { after?: string; limit?: number; at?: number } = {}): string[] {
  const page = store.page('things', { prefix: '', after: '', limit: 0, ...query }, () => true)
  return page.entries.map(({ key }) => key)
}

describe.each<[string, () => Storage]>([
  ['memory', createMemoryStorage],
  ['SQLite', () => createSqliteStorage({ path: join(folder, 'state.db'), durability: 'normal' })],
])('the store on %s', (_, open) => {
  test('gives every change the next revision', async () => {
    const store = new ObjectStore(open())
    const first = store.put('things', 'a', object('a'))
    const second = store.put('others', 'b', object('b'))
    expect(second.entry.revision).toBe(first.entry.revision + 1)
    expect(store.get('things', 'a')?.object.metadata.resourceVersion).toBe(String(first.entry.revision))
    const removed = store.remove('things', 'a')
    expect(removed?.entry.revision).toBe(second.entry.revision + 1)
    await removed?.committed
    expect(store.get('things', 'a')).toBeUndefined()
    store.close()
  })

  test('publishes changes once they are stored, in order', async () => {
    const store = new ObjectStore(open())
    const seen: string[] = []
    store.listen('things', ({ type, entry }) => seen.push(`${type} ${entry.key}`))
    store.put('things', 'a', object('a'))
    store.put('things', 'a', object('a', 1))
    expect(seen).toEqual([])
    await store.remove('things', 'a')?.committed
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
    store.close()
  })

  test('pages through the state as it was at the first page', async () => {
    const store = new ObjectStore(open())
    for (const name of ['a', 'b', 'c', 'd']) store.put('things', name, object(name))
    await store.settled()
    const at = store.revision
    store.remove('things', 'c')
    store.put('things', 'bb', object('bb'))
    await store.put('things', 'd', object('d', 7)).committed
    expect(names(store, { after: 'b', at })).toEqual(['c', 'd'])
    const [, d] = store.page('things', { prefix: '', after: 'b', limit: 0, at }, () => true).entries
    expect(d?.object['value']).toBe(0)
    expect(names(store, { after: 'b' })).toEqual(['bb', 'd'])
    store.close()
  })

  test('says when the past is forgotten', async () => {
    const store = new ObjectStore(open(), { history: 3 })
    const at = store.revision
    for (let count = 0; count < 10; count += 1) store.put('things', 'a', object('a', count))
    await store.settled()
    expect(() => store.since('things', at)).toThrow('too old resource version')
    expect(store.since('things', store.revision - 2).map(({ entry }) => entry.object['value'])).toEqual([8, 9])
    store.close()
  })
})

function reopen(history = 100): ObjectStore {
  return new ObjectStore(createSqliteStorage({ path: join(folder, 'state.db'), durability: 'normal' }), { history })
}

describe('SQLite', () => {
  test('keeps objects, the revision and recent changes over a restart', async () => {
    const before = reopen()
    before.put('things', 'a', object('a'))
    before.put('things', 'b', object('b'))
    const { revision } = before
    await before.remove('things', 'b')?.committed
    before.close()
    const after = reopen()
    expect(names(after)).toEqual(['a'])
    expect(after.revision).toBe(revision + 1)
    expect(
      after.since('things', revision).map(({ type, entry, previous }) => [type, entry.key, previous?.key]),
    ).toEqual([['DELETED', 'b', 'b']])
    expect(after.put('things', 'c', object('c')).entry.revision).toBe(revision + 2)
    after.close()
  })

  test('keeps the revision when the last change was pruned from the log', async () => {
    const before = reopen(2)
    for (let count = 0; count < 1500; count += 1) before.put('things', 'a', object('a', count))
    await before.settled()
    const { revision } = before
    before.close()
    const after = reopen(2)
    expect(after.revision).toBe(revision)
    after.close()
  })

  test('is open to one server at a time', () => {
    const first = reopen()
    expect(() => reopen()).toThrow(/locked/)
    first.close()
  })
})

test('a write that cannot be stored is undone and reported', async () => {
  let broken = false
  const storage: Storage = {
    ...createMemoryStorage(),
    commit() {
      if (broken) throw new Error('disk full')
    },
  }
  const store = new ObjectStore(storage)
  await store.put('things', 'a', object('a')).committed
  broken = true
  const results = await Promise.allSettled([
    store.put('things', 'a', object('a', 1)).committed,
    store.put('things', 'b', object('b')).committed,
    store.remove('things', 'a')?.committed,
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(names(store)).toEqual(['a'])
  expect(store.get('things', 'a')?.object['value']).toBe(0)
})

test('pages of everything are those of a selection that lets everything through', async () => {
  const store = new ObjectStore(createMemoryStorage())
  for (const name of ['c', 'a', 'b', 'd', 'e'])
    await store.put('nodes', name, { apiVersion: 'v1', kind: 'Node', metadata: { name } }).committed
  for (const after of ['', 'a', 'aa', 'd', 'e']) {
    for (const limit of [1, 2, 5]) {
      const query = { prefix: '', after, limit }
      expect(store.page('nodes', query)).toEqual(store.page('nodes', query, () => true))
    }
  }
})
