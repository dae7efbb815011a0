import type { FieldError } from '../../../failure.ts'
import { isObject, textOf, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import { selectorErrors } from '../../../selectors/selector-errors.ts'
import type { Behaviour } from '../../definition.ts'
import { items } from './fields.ts'

export const mutatingWebhookConfiguration: Behaviour = {
  default(object) {
    for (const webhook of items(object, 'webhooks')) {
      defaultWebhook(webhook)
      webhook['reinvocationPolicy'] ??= 'Never'
    }
  },
  validate: (object) => validateWebhooks(object),
}

export const validatingWebhookConfiguration: Behaviour = {
  default(object) {
    for (const webhook of items(object, 'webhooks')) defaultWebhook(webhook)
  },
  validate: (object) => validateWebhooks(object),
}

function defaultWebhook(webhook: JsonObject): void {
  webhook['failurePolicy'] ??= 'Fail'
  webhook['matchPolicy'] ??= 'Equivalent'
  webhook['namespaceSelector'] ??= {}
  webhook['objectSelector'] ??= {}
  webhook['timeoutSeconds'] ??= 10
  for (const rule of items(webhook, 'rules')) rule['scope'] ??= '*'
  const service = valueAt(webhook, ['clientConfig', 'service'])
  if (isObject(service)) service['port'] ??= 443
}

const choices: Readonly<Record<string, readonly string[]>> = {
  failurePolicy: ['Fail', 'Ignore'],
  matchPolicy: ['Equivalent', 'Exact'],
  sideEffects: ['None', 'NoneOnDryRun'],
  reinvocationPolicy: ['IfNeeded', 'Never'],
}
const reviewVersions = ['v1', 'v1beta1']

function validateWebhooks(object: KubeObject): FieldError[] {
  const names = new Set<string>()
  return items(object, 'webhooks').flatMap((webhook, index) => {
    const path = `webhooks[${index}]`
    const name = textOf(webhook['name'])
    const twice: FieldError[] = names.has(name)
      ? [{ type: 'FieldValueDuplicate', field: `${path}.name`, value: name }]
      : []
    names.add(name)
    return [
      ...nameErrors(name, `${path}.name`),
      ...choiceErrors(webhook, path),
      ...timeoutErrors(webhook['timeoutSeconds'], `${path}.timeoutSeconds`),
      ...selectorErrors(webhook['namespaceSelector'], `${path}.namespaceSelector`),
      ...selectorErrors(webhook['objectSelector'], `${path}.objectSelector`),
      ...clientErrors(webhook['clientConfig'], `${path}.clientConfig`),
      ...versionErrors(webhook['admissionReviewVersions'], `${path}.admissionReviewVersions`),
      ...twice,
    ]
  })
}

function nameErrors(name: string, field: string): FieldError[] {
  if (name === '') return [{ type: 'FieldValueRequired', field, detail: '' }]
  if (name.split('.').length >= 3) return []
  const detail = 'should be a domain with at least three segments separated by dots'
  return [{ type: 'FieldValueInvalid', field, value: name, detail }]
}

function choiceErrors(webhook: JsonObject, path: string): FieldError[] {
  return Object.entries(choices).flatMap(([name, allowed]): FieldError[] => {
    const value = webhook[name]
    const field = `${path}.${name}`
    if (value === undefined) {
      const detail = `must specify one of ${allowed.join(', ')}`
      return name === 'sideEffects' ? [{ type: 'FieldValueRequired', field, detail }] : []
    }
    if (allowed.includes(textOf(value))) return []
    const detail = `supported values: ${allowed.map((choice) => JSON.stringify(choice)).join(', ')}`
    return [{ type: 'FieldValueNotSupported', field, value, detail }]
  })
}

function timeoutErrors(value: unknown, field: string): FieldError[] {
  if (typeof value !== 'number' || (value >= 1 && value <= 30)) return []
  return [{ type: 'FieldValueInvalid', field, value, detail: 'the timeout value must be between 1 and 30 seconds' }]
}

function versionErrors(value: unknown, field: string): FieldError[] {
  const versions = Array.isArray(value) ? value.map(String) : []
  if (versions.length === 0)
    return [{ type: 'FieldValueRequired', field, detail: `must specify one of ${reviewVersions.join(', ')}` }]
  if (versions.some((version) => reviewVersions.includes(version))) return []
  const detail = `must include at least one of ${reviewVersions.join(', ')}`
  return [{ type: 'FieldValueInvalid', field, value: versions, detail }]
}

/** Where a webhook is: by its URL, or by its service. Also what definitions say of their conversion. */
export function clientErrors(config: unknown, path: string): FieldError[] {
  const [url, service] = [valueAt(config, ['url']), valueAt(config, ['service'])]
  if ((url === undefined) === (service === undefined))
    return [{ type: 'FieldValueRequired', field: path, detail: 'exactly one of url or service is required' }]
  return service === undefined ? urlErrors(textOf(url), `${path}.url`) : serviceErrors(service, `${path}.service`)
}

function urlErrors(text: string, field: string): FieldError[] {
  const form = '; desired format: https://host[/path]'
  const invalid = (value: string, detail: string): FieldError => ({ type: 'FieldValueInvalid', field, value, detail })
  if (!URL.canParse(text)) return [invalid(text, `url must be a valid URL${form}`)]
  const { protocol, host, username, hash, search } = new URL(text)
  return [
    ...(protocol === 'https:' ? [] : [invalid(protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`)]),
    ...(host === '' ? [invalid(host, `host must be specified${form}`)] : []),
    ...(username === '' ? [] : [invalid(username, 'user information is not permitted in the URL')]),
    ...(hash === '' ? [] : [invalid(hash.slice(1), 'fragments are not permitted in the URL')]),
    ...(search === '' ? [] : [invalid(search.slice(1), 'query parameters are not permitted in the URL')]),
  ]
}

function serviceErrors(service: unknown, path: string): FieldError[] {
  const port = valueAt(service, ['port'])
  const errors = ['name', 'namespace'].flatMap((name): FieldError[] =>
    textOf(valueAt(service, [name])) === ''
      ? [{ type: 'FieldValueRequired', field: `${path}.${name}`, detail: '' }]
      : [],
  )
  if (typeof port === 'number' && (port < 1 || port > 65_535)) {
    const detail = 'port is not valid: must be between 1 and 65535, inclusive'
    errors.push({ type: 'FieldValueInvalid', field: `${path}.port`, value: port, detail })
  }
  return errors
}
