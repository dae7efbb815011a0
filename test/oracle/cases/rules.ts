import { cases, create, patch, type Case, type Step } from '../case.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition of its own for every case: rules are part of it. */
function ruled(name: string, schema: object, rules: readonly object[], steps: (path: string) => readonly Step[]): Case {
  const plural = `${name.replaceAll(/[^a-z]/g, '')}things`
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.rules.example.com` },
    spec: {
      group: 'rules.example.com',
      scope: 'Namespaced',
      names: { plural, kind: `Thing${plural}` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: schema, 'x-kubernetes-validations': rules } },
            },
          },
        },
      ],
    },
  }
  const path = `/apis/rules.example.com/v1/namespaces/$ns/${plural}`
  const [item] = cases('rules', {
    [name]: [{ ...create(definitions, definition), quiet: true }, { ...ready(path), quiet: true }, ...steps(path)],
  })
  if (item === undefined) throw new Error('no case')
  return item
}

/** Asked until the definition is served. */
const ready = (path: string): Step => ({ method: 'GET', path, until: 200 })

/** Whether a rule over `spec` holds for some specs. */
function holds(name: string, schema: object, rule: string, ...specs: readonly object[]): Case {
  return ruled(name, schema, [{ rule }], (path) => {
    const plural = path.slice(path.lastIndexOf('/') + 1)
    return specs.map((spec, index) =>
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${plural}`,
        metadata: { name: `t${index}` },
        spec,
      }),
    )
  })
}

const text = { type: 'string', maxLength: 50 }
const number = { type: 'integer' }
const texts = { type: 'array', maxItems: 10, items: text }
const map = { type: 'object', maxProperties: 10, additionalProperties: text }
const parts = {
  type: 'array',
  maxItems: 10,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', required: ['name'], properties: { name: text, count: number } },
}

export const ruleCases = [
  holds('matches', { a: text }, "self.a.matches('^[a-z]+$')", { a: 'ok' }, { a: 'No' }),
  holds('starts and ends', { a: text }, "self.a.startsWith('x') && self.a.endsWith('y')", { a: 'x-y' }, { a: 'y' }),
  holds('size', { a: texts }, 'size(self.a) == 2', { a: ['1', '2'] }, { a: [] }),
  holds('all', { a: texts }, "self.a.all(x, x != '')", { a: ['1'] }, { a: ['1', ''] }),
  holds('exists', { a: texts }, "self.a.exists(x, x == 'b')", { a: ['b'] }, { a: ['c'] }),
  holds('exists one', { a: texts }, "self.a.exists_one(x, x == 'b')", { a: ['b'] }, { a: ['b', 'b'] }),
  holds(
    'filter and map',
    { a: texts },
    "self.a.filter(x, x != '').map(x, size(x)).sum() < 4",
    { a: ['ab'] },
    { a: ['abcd'] },
  ),
  holds('in', { a: text, b: texts }, 'self.a in self.b', { a: 'x', b: ['x'] }, { a: 'x', b: ['y'] }),
  holds(
    'key of a map',
    { m: map },
    "'k' in self.m && self.m['k'] == 'v'",
    { m: { k: 'v' } },
    { m: { k: 'w' } },
    { m: {} },
  ),
  holds('all of a map', { m: map }, 'self.m.all(k, size(k) < 3)', { m: { ab: '' } }, { m: { abc: '' } }),
  holds('ternary', { a: number }, 'self.a > 5 ? self.a % 2 == 0 : true', { a: 6 }, { a: 7 }, { a: 3 }),
  holds('has', { a: number, b: number }, 'has(self.a) != has(self.b)', { a: 1 }, { a: 1, b: 2 }, {}),
  holds('a missing field', { a: number }, 'self.a > 1', {}),
  holds(
    'a list of objects',
    { p: parts },
    'self.p.all(x, !has(x.count) || x.count > 0)',
    { p: [{ name: 'a', count: 1 }] },
    { p: [{ name: 'a', count: 0 }] },
  ),
  holds(
    'an int or a string',
    { p: { 'x-kubernetes-int-or-string': true } },
    "type(self.p) == string ? self.p == 'x' : self.p == 3",
    { p: 'x' },
    { p: 3 },
    { p: 4 },
  ),
  holds('a duration', { a: text }, "duration(self.a) > duration('1m')", { a: '2m' }, { a: '30s' }, { a: 'x' }),
  holds(
    'a time',
    { a: { type: 'string', format: 'date-time' } },
    "self.a > timestamp('2026-01-01T00:00:00Z')",
    { a: '2026-02-01T00:00:00Z' },
    { a: '2025-02-01T00:00:00Z' },
  ),
  holds(
    'a quantity',
    { a: text },
    "isQuantity(self.a) && quantity(self.a).isGreaterThan(quantity('1Gi'))",
    { a: '2Gi' },
    { a: '1024Mi' },
    { a: 'x' },
  ),
  holds(
    'compared quantities',
    { a: text, b: text },
    'quantity(self.a).compareTo(quantity(self.b)) <= 0',
    { a: '1', b: '1000m' },
    { a: '2', b: '1' },
  ),
  holds(
    'added quantities',
    { a: text },
    "quantity(self.a).add(quantity('500m')).sub(1).compareTo(quantity('1')) == 0",
    { a: '1500m' },
    { a: '2500m' },
  ),
  holds(
    'an address',
    { a: text },
    'isIP(self.a) && ip(self.a).family() == 4',
    { a: '10.0.0.1' },
    { a: '::1' },
    { a: 'x' },
  ),
  holds('a loopback address', { a: text }, 'ip(self.a).isLoopback()', { a: '127.0.0.1' }, { a: '10.0.0.1' }),
  holds(
    'a network',
    { a: text },
    "isCIDR(self.a) && cidr(self.a).containsIP('10.1.2.3')",
    { a: '10.0.0.0/8' },
    { a: '11.0.0.0/8' },
  ),
  holds(
    'the length of a prefix',
    { a: text },
    'cidr(self.a).prefixLength() <= 16',
    { a: '10.0.0.0/8' },
    { a: '10.0.0.0/24' },
  ),
  holds(
    'an address of the web',
    { a: text },
    "isURL(self.a) && url(self.a).getScheme() == 'https' && url(self.a).getHost() == 'example.com:80'",
    { a: 'https://example.com:80/x' },
    { a: 'http://example.com' },
  ),
  holds(
    'a path of the web',
    { a: text },
    "url(self.a).getEscapedPath() == '/x%20y' && url(self.a).getHostname() == 'h'",
    { a: 'https://h:1/x y' },
    { a: 'https://h/x' },
  ),
  holds('split', { a: text }, "self.a.split('-')[0] == 'x'", { a: 'x-y' }, { a: 'y' }),
  holds(
    'lower case',
    { a: text },
    "self.a.lowerAscii() == 'abc' && self.a.upperAscii() == 'ABC'",
    { a: 'aBc' },
    { a: 'x' },
  ),
  holds('replaced and trimmed', { a: text }, "self.a.replace('a', 'b').trim() == 'bb'", { a: ' ab ' }, { a: 'x' }),
  holds(
    'part of a text',
    { a: text },
    "self.a.substring(1, 3) == 'bc' && self.a.indexOf('c') == 2",
    { a: 'abcd' },
    { a: 'xxxx' },
  ),
  holds('found by pattern', { a: text }, "self.a.find('[0-9]+') == '12'", { a: 'a12b' }, { a: 'ab' }),
  holds('sorted', { a: texts }, 'self.a.isSorted()', { a: ['a', 'b'] }, { a: ['b', 'a'] }),
  ruled(
    'a costly message',
    { a: number, b: number },
    [{ rule: 'self.a <= self.b', messageExpression: "'a ' + string(self.a) + ' is above b ' + string(self.b)" }],
    (path) => [
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
        metadata: { name: 't' },
        spec: { a: 2, b: 1 },
      }),
    ],
  ),
  ruled(
    'a message of its own',
    { a: number, b: number },
    [{ rule: 'self.a <= self.b', messageExpression: "self.b > 0 ? 'above' : 'below'" }],
    (path) => [
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
        metadata: { name: 't' },
        spec: { a: 2, b: 1 },
      }),
    ],
  ),
  ruled(
    'a reason of its own',
    { a: number },
    [{ rule: 'self.a < 5', reason: 'FieldValueForbidden', fieldPath: '.a', message: 'not so much' }],
    (path) => [
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
        metadata: { name: 't' },
        spec: { a: 7 },
      }),
    ],
  ),
  ruled('a change', { a: number }, [{ rule: 'self.a >= oldSelf.a' }], (path) => [
    create(path, {
      apiVersion: 'rules.example.com/v1',
      kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
      metadata: { name: 't' },
      spec: { a: 7 },
    }),
    patch('merge', `${path}/t`, { spec: { a: 8 } }),
    patch('merge', `${path}/t`, { spec: { a: 6 } }),
  ]),
  ruled(
    'a first value',
    { a: number },
    [{ rule: 'oldSelf.hasValue() || self.a == 1', optionalOldSelf: true }],
    (path) => [
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
        metadata: { name: 't' },
        spec: { a: 7 },
      }),
      create(path, {
        apiVersion: 'rules.example.com/v1',
        kind: `Thing${path.slice(path.lastIndexOf('/') + 1)}`,
        metadata: { name: 't' },
        spec: { a: 1 },
      }),
      patch('merge', `${path}/t`, { spec: { a: 6 } }),
    ],
  ),
]
