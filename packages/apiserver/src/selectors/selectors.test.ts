import { describe, expect, test } from 'vitest'

import { parseFieldSelector } from './fields.ts'
import { formatLabelSelector, labelSelectorPredicate, parseLabelSelector } from './labels.ts'

describe('label selectors', () => {
  test.each([
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'db' }, false],
    ['app!=web', {}, true],
    ['app in (web, db)', { app: 'db' }, true],
    ['app notin (web)', {}, true],
    ['app notin (web)', { app: 'web' }, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['a=1,b in (x,y),!c', { a: '1', b: 'y' }, true],
    ['a=1,b in (x,y),!c', { a: '1', b: 'y', c: '' }, false],
    ['n>5', { n: '6' }, true],
    ['n<5', { n: '6' }, false],
    ['n>5', {}, false],
    ['example.com/a=b', { 'example.com/a': 'b' }, true],
    ['toString', {}, false],
  ])('%s on %o: %s', (selector, labels, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected)
  })

  test.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['-a=b', 'unable to parse requirement: <nil>: Invalid value: "-a"'],
    ['n>x', "for 'Gt', 'Lt' operators, the value must be an integer"],
  ])('%s is refused', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(message)
  })

  test('objects have a text form', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    }
    expect(formatLabelSelector(selector)).toBe('app=web,tier in (a,b),!old')
    expect(labelSelectorPredicate(selector)({ app: 'web', tier: 'b' })).toBe(true)
    expect(labelSelectorPredicate({})({ app: 'web' })).toBe(true)
    expect(labelSelectorPredicate(undefined)({ app: 'web' })).toBe(false)
  })
})

describe('field selectors', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'n' }, spec: { nodeName: 'x' } }

  test.each([
    ['metadata.name=a', true],
    ['metadata.name!=a', false],
    ['metadata.namespace=n,spec.nodeName=x', true],
    ['spec.nodeName=', false],
    ['status.phase=', true],
    ['status.phase!=Running', true],
  ])('%s: %s', (selector, expected) => {
    expect(parseFieldSelector(selector, ['spec.nodeName', 'status.phase'])(pod)).toBe(expected)
  })

  test('other fields are refused', () => {
    expect(() => parseFieldSelector('spec.a=b', ['spec.nodeName'])).toThrow('field label not supported: spec.a')
    expect(() => parseFieldSelector('spec.a=b', [])).toThrow('"spec.a" is not a known field selector')
    expect(() => parseFieldSelector('spec.a', [])).toThrow('invalid selector')
  })
})
