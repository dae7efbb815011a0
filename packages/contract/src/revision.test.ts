import { describe, expect, it } from 'vitest'

import { canonicalJson, parseRevision, revision } from './revision.ts'

describe('canonicalJson', () => {
  it('is one text for equal values', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: 'x' }], a: null })).toBe('{"a":null,"b":[1,{"c":"x"}]}')
    expect(canonicalJson({ a: -0 })).toBe('{"a":0}')
  })

  it('keeps the order of lists', () => {
    expect(canonicalJson(['b', 'a'])).toBe('["b","a"]')
  })

  it('refuses numbers that JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError)
  })
})

describe('revision', () => {
  // The value is fixed for ever: another one would make every instance of every pool unknown after an upgrade.
  it('stays what it was in earlier releases', () => {
    expect(revision('1', { image: 'ami-1', type: 't3.large' })).toBe('v1:2eca0c395d84aea0')
  })

  it('is read back', () => {
    expect(parseRevision(revision('12', { a: 1 }))).toEqual({
      scheme: '12',
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect(parseRevision('v1')).toBeUndefined()
    expect(parseRevision('ours:0123456789abcdef')).toBeUndefined()
  })

  it('refuses a scheme that is no number', () => {
    expect(() => revision('one', {})).toThrow(TypeError)
  })
})
