/** A template of a file cannot be rendered; the message names the action. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

/** What templates can ask for; without `controlPlane` where its version is not known. */
export interface TemplateData {
  readonly controlPlane?: { readonly version: string }
}

const maxBytes = 1024 * 1024

/**
 * Renders a file with `contentFormat: Template`. Of Go's templates (https://pkg.go.dev/text/template) it knows what there is to
 * ask: fields, text, `eq`, `ne`, `not`, `and`, `or`, `if` with `else`, and comments. Throws `TemplateError` for anything else.
 */
export function renderFileTemplate(text: string, data: TemplateData): string {
  const rendered = renderUntil(tokens(text), data, []).text
  if (Buffer.byteLength(rendered) > maxBytes) throw new TemplateError(`the result has more than ${maxBytes} bytes`)
  return rendered
}

type Token = { readonly text: string } | { readonly action: string }

function* tokens(text: string): Generator<Token> {
  const action = /\{\{(-\s)?\s*(\/\*[\s\S]*?\*\/|(?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*(\s-)?\}\}/g
  let from = 0
  let trimNext = false
  const trimmed = (part: string, end: boolean) => {
    const start = trimNext ? part.trimStart() : part
    return end ? start.trimEnd() : start
  }
  for (const match of text.matchAll(action)) {
    yield { text: trimmed(text.slice(from, match.index), match[1] !== undefined) }
    from = match.index + match[0].length
    trimNext = match[3] !== undefined
    const inner = match[2] ?? ''
    if (!inner.startsWith('/*')) yield { action: inner.trim() }
  }
  const rest = trimmed(text.slice(from), false)
  if (rest.includes('{{')) throw new TemplateError(`{{ is not closed`)
  yield { text: rest }
}

interface Rendered {
  readonly text: string
  /** The action that ended it: `else`, `else if ...` or `end`; absent at the end of the text. */
  readonly end?: string
}

/** Renders up to one of the keywords that may stand there; every branch is read, so that a bad one is found in any case. */
function renderUntil(source: Generator<Token>, data: TemplateData, ends: readonly string[]): Rendered {
  let text = ''
  for (;;) {
    const { value: token, done } = source.next()
    if (done === true) {
      if (ends.length > 0) throw new TemplateError('if has no end')
      return { text }
    }
    if ('text' in token) text += token.text
    else {
      const [keyword = ''] = token.action.split(/\s/)
      if (keyword === 'if') text += renderIf(source, data, token.action)
      else if (keyword === 'else' || keyword === 'end') {
        if (!ends.includes(keyword)) throw new TemplateError(`unexpected {{ ${token.action} }}`)
        return { text, end: token.action }
      } else text += shown(evaluate(token.action, data), token.action)
    }
  }
}

function renderIf(source: Generator<Token>, data: TemplateData, action: string): string {
  let chosen: string | undefined
  let condition: string | undefined = action.slice('if'.length)
  for (;;) {
    const holds: boolean = chosen === undefined && (condition === undefined || isTrue(evaluate(condition, data)))
    // A branch that is not taken may ask for what is not there.
    const { text, end = '' } = renderUntil(
      source,
      holds ? data : everything,
      condition === undefined ? ['end'] : ['else', 'end'],
    )
    if (holds) chosen = text
    if (end === 'end') return chosen ?? ''
    const next = /^else(?:\s+if\s+(.+))?$/.exec(end)
    if (next === null) throw new TemplateError(`unknown {{ ${end} }}`)
    condition = next[1]
  }
}

const everything: TemplateData = { controlPlane: { version: '' } }

type Value = string | boolean | object | undefined

function isTrue(value: Value): boolean {
  return value !== undefined && value !== '' && value !== false
}

function shown(value: Value, action: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  throw new TemplateError(`{{ ${action} }} has no value that can be written`)
}

const functions: Readonly<Record<string, (...values: readonly Value[]) => Value>> = {
  eq: (first, ...others) => others.includes(first),
  ne: (first, second) => first !== second,
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? (values.every(isTrue) ? values.at(-1) : undefined),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
}

function evaluate(expression: string, data: TemplateData): Value {
  const words = expression.match(/"(?:\\.|[^"\\])*"|`[^`]*`|[()]|[^\s()"`]+/g) ?? []
  let at = 0
  const fail = (): never => {
    throw new TemplateError(
      `{{ ${expression.trim()} }} is not supported; there are .controlPlane.version, text, if, else, eq, ne, not, and, or`,
    )
  }
  const operand = (): Value => {
    const word = words[at++]
    if (word === undefined) return fail()
    if (word === '(') {
      const inner = call()
      return words[at++] === ')' ? inner : fail()
    }
    if (word.startsWith('"')) return unquoted(word) ?? fail()
    if (word.startsWith('`')) return word.slice(1, -1)
    if (word === '.controlPlane') return data.controlPlane
    if (word !== '.controlPlane.version') return fail()
    if (data.controlPlane === undefined) throw new TemplateError("the control plane's version is not known")
    return data.controlPlane.version
  }
  const call = (): Value => {
    const name = words[at] ?? ''
    const chosen = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (chosen === undefined) return operand()
    at += 1
    const values: Value[] = []
    while (at < words.length && words[at] !== ')') values.push(operand())
    return values.length === 0 ? fail() : chosen(...values)
  }
  const value = call()
  return at === words.length ? value : fail()
}

function unquoted(word: string): string | undefined {
  try {
    return String(JSON.parse(word))
  } catch {
    return undefined
  }
}
