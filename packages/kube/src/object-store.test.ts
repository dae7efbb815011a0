import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ObjectStore, type KubeObject } from './index.ts'

function object(name: string, version: string, label: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name, namespace: name < 'b' ? 'one' : 'two', uid: name, resourceVersion: version, labels: { label } },
  }
}

const byLabel = ({ metadata }: KubeObject) => [metadata.labels?.['label'] ?? '']

function names(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name ?? '').toSorted((a, b) => (a < b ? -1 : 1))
}

test('indexes and namespaces agree with a plain map, whatever happens', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    fc.record({ set: fc.tuple(name, fc.constantFrom('1', '2', '3'), fc.constantFrom('x', 'y')) }),
    fc.record({ remove: name }),
    fc.constant({ index: true }),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const store = new ObjectStore<KubeObject>()
      const model = new Map<string, KubeObject>()
      const told: (string | undefined)[] = []
      const due: (string | undefined)[] = []
      for (const action of steps) {
        if ('set' in action) {
          const next = object(...action.set)
          const old = model.get(action.set[0])
          const same = old?.metadata.resourceVersion === action.set[1]
          told.push(store.set(next, false)?.type)
          due.push(same ? undefined : old === undefined ? 'added' : 'updated')
          if (!same) model.set(action.set[0], next)
        } else if ('remove' in action) {
          const key = object(action.remove, '', '').metadata as { name: string; namespace: string }
          told.push(store.remove(key)?.type)
          due.push(model.delete(action.remove) ? 'deleted' : undefined)
        } else {
          store.addIndex('label', byLabel)
        }
      }
      store.addIndex('label', byLabel)
      expect(told).toEqual(due)
      const all = [...model.values()]
      expect(names(store.list())).toEqual(names(all))
      for (const namespace of ['one', 'two', 'three']) {
        expect(names(store.list(namespace))).toEqual(
          names(all.filter((known) => known.metadata.namespace === namespace)),
        )
      }
      for (const label of ['x', 'y', 'z']) {
        expect(names(store.byIndex('label', label))).toEqual(names(all.filter((known) => byLabel(known)[0] === label)))
      }
    }),
  )
})

test('an object that was made again under the same name and version is another one', () => {
  const store = new ObjectStore<KubeObject>()
  store.set(object('a', '1', 'x'), false)
  const again = object('a', '1', 'x')
  again.metadata.uid = 'other'
  expect(store.set(again, false)?.type).toBe('updated')
})

test('a missing index is named', () => {
  expect(() => new ObjectStore().byIndex('label', 'x')).toThrow('there is no index "label"')
})
