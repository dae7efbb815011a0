type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const time = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g

const placeholders: Readonly<Record<string, string>> = {
  resourceVersion: '<version>',
  continue: '<token>',
  storageVersionHash: '<hash>',
  clusterIP: '<address>',
}

/** Texts in which a server shows its own numbers, or a whole object in the order of its own fields. */
const ownTexts: readonly (readonly [RegExp, string])[] = [
  [uid, '<uid>'],
  [time, '<time>'],
  [/\bg-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, 'g-<suffix>'],
  [/(resource version: \d+, current: )\d+/g, '$1<version>'],
  [/(does not match the ResourceVersion in record )\(\d+\)/g, '$1(<version>)'],
  [/(too old resource version: \d+ )\(\d+\)/g, '$1(<version>)'],
  [/(patch: |^)Invalid value: "(\{\\"|map\[)(\\.|[^"\\])*"/g, '$1Invalid value: "<object>"'],
]

/** An answer without what differs between any two servers. */
export function normalise(value: unknown): unknown {
  return clean(value as Json, '')
}

interface Cause {
  readonly [name: string]: Json
  readonly field: string
  readonly message: string
}

/** The server finds wrong fields in no particular order: its maps have none. */
function sortCauses(status: { [key: string]: Json }): { [key: string]: Json } {
  const { details, message } = status
  const causes = (isObject(details) ? (details as { causes?: Cause[] }).causes : undefined) ?? []
  if (causes.length === 0 || typeof message !== 'string') return status
  const sorted = causes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const parts = causes.map(({ field, message: told }) => `${field}: ${told}`)
  const list = `[${[...new Set(parts)].join(', ')}]`
  const inOrder = message.endsWith(list)
    ? `${message.slice(0, -list.length)}[${[...new Set(parts)].toSorted().join(', ')}]`
    : message
  return { ...status, message: inOrder, details: { ...(details as { [key: string]: Json }), causes: sorted } }
}

/** So are those of a typed object. */
function sortLines(message: string): string {
  const [head = '', ...lines] = message.split('\n')
  return head.endsWith('errors:') ? [head, ...lines.toSorted()].join('\n') : message
}

function clean(value: Json, key: string): Json {
  if (typeof value === 'string') {
    const placeholder = value === '' || value === 'None' ? undefined : placeholders[key]
    const text = key === 'message' ? sortLines(value) : value
    return placeholder ?? ownTexts.reduce((shown, [pattern, by]) => shown.replaceAll(pattern, by), text)
  }
  // The addresses of a service are those of its range.
  if (Array.isArray(value)) return value.map((item) => clean(item, key === 'clusterIPs' ? 'clusterIP' : ''))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value['kind'] === 'Status' ? sortCauses(value) : value)
    .filter(([name]) => name !== 'description')
    .map(([name, inner]) => [name, clean(inner, name)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where two normalised answers differ, one line each. */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return []
  const bothLists = Array.isArray(expected) && Array.isArray(actual)
  const bothObjects = isObject(expected) && isObject(actual)
  if (!bothLists && !bothObjects) return [`${path || '.'}: real ${show(expected)}, embedded ${show(actual)}`]
  const left = expected as Record<string, unknown>
  const right = actual as Record<string, unknown>
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return keys.flatMap((key) => differences(left[key], right[key], bothLists ? `${path}[${key}]` : `${path}.${key}`))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
