import fc from 'fast-check'
import { expect, test } from 'vitest'

import { LineSplitter } from './lines.ts'
import { ListDecoder } from './list-decoder.ts'

function* chunksOf(text: string, sizes: readonly number[]): Generator<Buffer> {
  const bytes = Buffer.from(text)
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(start, start + size)
    start += size
  }
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const item = fc.object({ maxDepth: 3, key: fc.oneof(fc.constant('items'), fc.string()) })

test('gives the items and the rest of any list, however it is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(item),
      fc.object({ maxDepth: 2 }),
      chunkSizes,
      fc.boolean(),
      fc.boolean(),
      (items, other, sizes, first, pretty) => {
        const metadata = { resourceVersion: '7', note: '"items":[', other }
        const list = first ? { items, kind: 'List', metadata } : { kind: 'List', metadata, items }
        const decoder = new ListDecoder()
        const decoded: unknown[] = []
        for (const chunk of chunksOf(JSON.stringify(list, undefined, pretty ? 2 : 0), sizes)) {
          for (const text of decoder.push(chunk)) {
            decoded.push(JSON.parse(text.toString()))
          }
        }
        expect(decoded).toEqual(JSON.parse(JSON.stringify(items)))
        expect(decoder.finish()).toEqual(JSON.parse(JSON.stringify({ ...list, items: [] })))
      },
    ),
  )
})

test('refuses every list that is cut off', () => {
  const text = JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items: [{ a: '[{' }, { b: [1] }] })
  for (let length = 0; length < text.length; length++) {
    const decoder = new ListDecoder()
    for (const _ of decoder.push(Buffer.from(text.slice(0, length)))) {
      // complete items of an incomplete list
    }
    expect(() => decoder.finish()).toThrow(SyntaxError)
  }
})

test('a list whose items are null has none', () => {
  const decoder = new ListDecoder()
  expect([...decoder.push(Buffer.from('{"items":null,"metadata":{}}'))]).toEqual([])
  expect(decoder.finish()).toEqual({ items: null, metadata: {} })
})

test('splits any bytes into the lines they hold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '€', '😀', '\r') })),
      chunkSizes,
      (lines, sizes) => {
        const splitter = new LineSplitter()
        const found = [...chunksOf(`${lines.join('\n')}\nrest`, sizes)].flatMap((chunk) =>
          [...splitter.push(chunk)].map((line) => line.toString()),
        )
        expect(found).toEqual(lines.filter((line) => line !== ''))
        expect(splitter.rest().toString()).toBe('rest')
      },
    ),
  )
})

test('refuses a line without an end', () => {
  const splitter = new LineSplitter(10)
  expect(() => [...splitter.push(Buffer.from('0123456789ab'))]).toThrow('longer than 10 bytes')
})
