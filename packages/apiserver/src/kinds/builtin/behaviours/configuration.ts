import type { FieldError } from '../../../failure.ts'
import { deepEqual, isObject, textOf } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import type { Behaviour } from '../../definition.ts'
import { immutable } from './fields.ts'

export const secret: Behaviour = {
  withoutGeneration: true,
  default(object) {
    object['type'] ??= 'Opaque'
    const plain = object['stringData']
    delete object['stringData']
    if (!isObject(plain)) return
    const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
    object['data'] = { ...(isObject(object['data']) ? object['data'] : {}), ...Object.fromEntries(encoded) }
  },
  validate(object, old) {
    const errors = [...validateKeys(object, 'data'), ...immutable(object, old, 'type'), ...missingKeys(object)]
    return old?.['immutable'] === true ? [...errors, ...whenImmutable(object, old, ['data'])] : errors
  },
}

/** What secrets of a type must have. Of the last, one is enough. */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function missingKeys(object: KubeObject): FieldError[] {
  const type = textOf(object['type'])
  const data = isObject(object['data']) ? object['data'] : {}
  const missing = (keys: readonly string[]): FieldError[] =>
    keys
      .filter((key) => !Object.hasOwn(data, key))
      .map((key) => ({ type: 'FieldValueRequired', field: `data[${key}]`, detail: '' }))
  if (type === 'kubernetes.io/basic-auth') {
    const both = missing(['username', 'password'])
    return both.length === 2 ? both : []
  }
  if (type === 'kubernetes.io/service-account-token') {
    const field = 'metadata.annotations[kubernetes.io/service-account.name]'
    const account = object.metadata.annotations?.['kubernetes.io/service-account.name'] ?? ''
    return account === '' ? [{ type: 'FieldValueRequired', field, detail: '' }] : []
  }
  return missing(secretKeys[type] ?? [])
}

export const configMap: Behaviour = {
  withoutGeneration: true,
  validate(object, old) {
    const errors = [...validateKeys(object, 'data'), ...validateKeys(object, 'binaryData'), ...keysTwice(object)]
    return old?.['immutable'] === true ? [...errors, ...whenImmutable(object, old, ['data', 'binaryData'])] : errors
  },
}

function keysTwice(object: KubeObject): FieldError[] {
  const [data, binary] = [object['data'], object['binaryData']]
  if (!isObject(data) || !isObject(binary)) return []
  const both = Object.keys(data).filter((key) => Object.hasOwn(binary, key))
  const detail = 'duplicate of key present in binaryData'
  return both.map((key) => ({ type: 'FieldValueInvalid', field: `data[${key}]`, value: key, detail }))
}

function whenImmutable(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  const changed = ['immutable', ...fields].filter((field) => !deepEqual(object[field], old[field]))
  return changed.map((field) => ({
    type: 'FieldValueForbidden',
    field,
    detail: 'field is immutable when `immutable` is set',
  }))
}

function validateKeys(object: KubeObject, field: string): FieldError[] {
  const keys = Object.keys(isObject(object[field]) ? object[field] : {})
  const bad = keys.filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
  return bad.map((key) => ({
    type: 'FieldValueInvalid',
    field: `${field}[${key}]`,
    value: key,
    detail:
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  }))
}
