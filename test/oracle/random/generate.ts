import { patch, type Case, type Step } from '../case.ts'
import { createDice, type Dice } from './dice.ts'
import { subjects, type Subject } from './subjects.ts'
import { anything, valueFor } from './values.ts'

type Fields = Record<string, unknown>

/** A case of random requests about one kind; the same seed makes the same case. */
export function randomCase(seed: number, only?: string): Case {
  const dice = createDice(seed)
  const subject = dice.pick(only === undefined ? subjects : subjects.filter(({ kind }) => kind === only))
  const steps: Step[] = [createStep(subject, dice, true)]
  const length = 3 + dice.below(6)
  for (let index = 0; index < length; index += 1) steps.push(randomStep(subject, dice))
  return { name: `random ${seed}: ${subject.kind}`, steps }
}

function randomStep(subject: Subject, dice: Dice): Step {
  switch (dice.below(16)) {
    case 0:
    case 1:
      return createStep(subject, dice, false)
    case 2:
    case 3:
      return putStep(subject, dice)
    case 4:
    case 5:
      return patch('merge', objectPath(subject, dice) + writeQuery(dice), fragment(subject, dice))
    case 6:
      return patch('json', objectPath(subject, dice) + writeQuery(dice), jsonPatch(subject, dice))
    case 7:
      return patch('strategic', objectPath(subject, dice) + writeQuery(dice), fragment(subject, dice))
    case 8:
    case 9:
    case 10:
      return applyStep(subject, dice)
    case 11:
      return { method: 'DELETE', path: objectPath(subject, dice) + deleteQuery(dice), ...deleteBody(dice) }
    case 12:
    case 13:
      return listStep(subject, dice)
    default:
      return { method: 'GET', path: objectPath(subject, dice), ...acceptOf(dice) }
  }
}

const nameOf = (subject: Subject, dice: Dice): string => {
  const name = dice.once(5) ? 'b' : 'a'
  return subject.namespaced ? name : `$ns-${name}`
}

function collection(subject: Subject, dice: Dice): string {
  return subject.otherPaths !== undefined && dice.once(6) ? dice.pick(subject.otherPaths) : subject.path
}

function objectPath(subject: Subject, dice: Dice): string {
  const subresource =
    subject.status === true && dice.once(4) ? '/status' : subject.scale === true && dice.once(12) ? '/scale' : ''
  return `${collection(subject, dice)}/${nameOf(subject, dice)}${subresource}`
}

function writeQuery(dice: Dice): string {
  const query = [
    ...(dice.once(3)
      ? [`fieldManager=${dice.pick(['one', 'two', 'three', 'x'.repeat(dice.once(4) ? 129 : 128), ''])}`]
      : []),
    ...(dice.once(4) ? [`fieldValidation=${dice.pick(['Strict', 'Warn', 'Ignore', 'Strict'])}`] : []),
    ...(dice.once(8) ? ['dryRun=All'] : []),
  ]
  return query.length === 0 ? '' : `?${query.join('&')}`
}

function metadata(dice: Dice): Fields {
  return {
    ...(dice.once(3)
      ? {
          labels: dice.pick([
            { p: '1' },
            { p: '2', q: '1' },
            { 'a.b/c': 'x' },
            { p: '1', q: '2' },
            { 'a.b/c': 'y' },
            { 'bad key': 'x' },
            { p: 'bad value' },
            {},
            null,
          ]),
        }
      : {}),
    ...(dice.once(5)
      ? {
          annotations: dice.pick([
            { n: 'any thing' },
            { n: 'any thing' },
            { m: '' },
            { m: 'x', n: 'y' },
            { '/': 'x' },
            null,
          ]),
        }
      : {}),
    ...(dice.once(8)
      ? { finalizers: dice.pick([['example.com/x'], ['example.com/x', 'example.com/y'], [], ['x'], null]) }
      : {}),
    ...(dice.once(12) ? { resourceVersion: dice.pick(['1', '$rv', '', 'x', '0']) } : {}),
    ...(dice.once(25) ? { uid: dice.pick(['$uid', '00000000-0000-4000-8000-000000000000']) } : {}),
    ...(dice.once(30) ? { generation: 7 } : {}),
    ...(dice.once(30) ? { unknown: 1 } : {}),
    ...(dice.once(40) ? { creationTimestamp: dice.pick(['2020-01-01T00:00:00Z', null, 'x']) } : {}),
  }
}

function bodyOf(subject: Subject, dice: Dice, sound: boolean): Fields {
  const base = structuredClone(subject.base) as Fields
  const random = valueFor(subject.schema, dice)
  const fields = typeof random === 'object' && random !== null && !Array.isArray(random) ? (random as Fields) : {}
  for (const [key, value] of Object.entries(fields)) base[key] = merged(base[key], value)
  return {
    apiVersion: !sound && dice.once(40) ? 'v9' : subject.apiVersion,
    kind: !sound && subject.custom !== true && dice.once(40) ? 'Other' : subject.kind,
    ...base,
  }
}

function merged(base: unknown, value: unknown): unknown {
  const both = [base, value].every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  return both ? { ...(base as object), ...(value as object) } : value
}

function createStep(subject: Subject, dice: Dice, sound: boolean): Step {
  const name = sound ? (subject.namespaced ? 'a' : '$ns-a') : nameOf(subject, dice)
  const named = !sound && dice.once(10) ? { generateName: 'g-' } : { name: !sound && dice.once(25) ? 'Bad_Name' : name }
  const path = collection(subject, dice)
  const body = { ...bodyOf(subject, dice, sound), metadata: { ...named, ...metadata(dice) } }
  return { method: 'POST', path: path + writeQuery(dice), body: inVersion(body, subject, path, dice) }
}

/** The body states the version of its path, mostly. */
function inVersion(body: Fields, subject: Subject, path: string, dice: Dice): Fields {
  if (subject.otherPaths === undefined || dice.once(20) || body['apiVersion'] !== subject.apiVersion) return body
  const [, , group = '', version = ''] = path.split('/')
  return { ...body, apiVersion: `${group}/${version}` }
}

function putStep(subject: Subject, dice: Dice): Step {
  const path = objectPath(subject, dice)
  const name = nameOf(subject, dice)
  const version = dice.once(3) ? {} : { resourceVersion: '$rv' }
  const body = { ...bodyOf(subject, dice, false), metadata: { name, ...metadata(dice), ...version } }
  return { method: 'PUT', path: path + writeQuery(dice), body: inVersion(body, subject, path, dice) }
}

function fragment(subject: Subject, dice: Dice): unknown {
  if (dice.once(40)) return anything(dice, 2)
  const random = valueFor(subject.schema, dice)
  return { ...(typeof random === 'object' ? random : {}), ...(dice.once(2) ? { metadata: metadata(dice) } : {}) }
}

function jsonPatch(subject: Subject, dice: Dice): unknown {
  const roots = Object.entries((subject.schema['properties'] ?? {}) as Record<string, Fields>)
  const operation = (): Fields => {
    const [root, schema] = dice.pick(roots)
    const members = Object.entries((schema['properties'] ?? {}) as Record<string, Fields>)
    const [member, memberSchema] = members.length === 0 ? ['k', { type: 'string' }] : dice.pick(members)
    const path = dice.pick([
      `/${root}`,
      `/${root}/${member}`,
      `/${root}/${member}`,
      '/metadata/labels',
      '/metadata/labels/p',
      `/${root}/${member}/-`,
      `/${root}/${member}/0`,
      '/none/a',
    ])
    const op = dice.pick(['add', 'add', 'replace', 'remove', 'test', 'copy', 'move'])
    const from = op === 'copy' || op === 'move' ? { from: `/${root}` } : {}
    const value =
      path === `/${root}`
        ? valueFor(schema, dice)
        : path.startsWith('/metadata')
          ? dice.pick([{ p: '3' }, '3'])
          : valueFor(memberSchema, dice)
    return { op, path, ...from, ...(op === 'remove' || op === 'copy' || op === 'move' ? {} : { value }) }
  }
  return Array.from({ length: 1 + dice.below(2) }, operation)
}

function applyStep(subject: Subject, dice: Dice): Step {
  const path = objectPath(subject, dice)
  const query = [
    ...(dice.once(25) ? [] : [`fieldManager=${dice.pick(['one', 'two', 'three'])}`]),
    ...(dice.once(3) ? ['force=true'] : []),
    ...(dice.once(10) ? ['dryRun=All'] : []),
  ]
  const { resourceVersion: _, creationTimestamp: __, ...meta } = metadata(dice)
  const name =
    path.includes('-b') || /\/b(\/|$)/.test(path)
      ? subject.namespaced
        ? 'b'
        : '$ns-b'
      : subject.namespaced
        ? 'a'
        : '$ns-a'
  const body = { ...bodyOf(subject, dice, true), metadata: { name, ...meta } }
  return patch('apply', `${path}?${query.join('&')}`, inVersion(body, subject, path, dice))
}

function deleteQuery(dice: Dice): string {
  return dice.once(4)
    ? dice.pick(['?dryRun=All', '?propagationPolicy=Background', '?gracePeriodSeconds=0', '?propagationPolicy=X'])
    : ''
}

function deleteBody(dice: Dice): { body?: unknown } {
  if (!dice.once(3)) return {}
  return {
    body: dice.pick([
      { preconditions: { uid: '$uid' } },
      { preconditions: { resourceVersion: '$rv' } },
      { preconditions: { resourceVersion: '1' } },
      { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
      { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
      {},
    ]),
  }
}

const accepts = [
  'application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
  'application/yaml',
  '*/*',
  'text/plain',
]

function acceptOf(dice: Dice): { accept?: string } {
  return dice.once(3) ? { accept: dice.pick(accepts) } : {}
}

function listStep(subject: Subject, dice: Dice): Step {
  const selector = dice.pick(['p', 'p=1', 'p!=1', 'p in (1,2)', 'p notin (1)', '!p', 'p>0', 'a.b/c=x', 'p==1,q'])
  const query = [
    // Objects of no namespace are shared by all cases: only those of this one are looked at.
    ...(subject.namespaced ? [] : ['fieldSelector=metadata.name%3D$ns-a']),
    `labelSelector=${encodeURIComponent(selector)}`,
    ...(subject.namespaced && dice.once(4)
      ? [
          `fieldSelector=${encodeURIComponent(dice.pick(['metadata.name=a', 'metadata.name!=a', 'metadata.namespace=$ns', 'metadata.uid=x', ...subject.fields]))}`,
        ]
      : []),
    ...(dice.once(6) ? ['limit=1'] : []),
    ...(dice.once(8) ? ['resourceVersion=0'] : []),
    ...(dice.once(12) ? ['resourceVersion=$rv&resourceVersionMatch=NotOlderThan'] : []),
    ...(dice.once(12) ? ['resourceVersion=$rv&resourceVersionMatch=Exact'] : []),
    ...(dice.once(15)
      ? [
          dice.pick([
            'limit=x',
            'limit=-1',
            'timeoutSeconds=5',
            'pretty=true',
            'timeoutSeconds=x',
            'resourceVersion=-1',
          ]),
        ]
      : []),
  ]
  const method = dice.once(10) ? 'DELETE' : 'GET'
  return { method, path: `${collection(subject, dice)}?${query.join('&')}`, ...acceptOf(dice) }
}
