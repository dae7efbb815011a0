import { isObject } from '../json.ts'

type Step = (values: readonly unknown[]) => unknown[]

/**
 * The part of kubectl's JSONPath that printer columns use: members, indexes, `[*]`, slices of whole lists, and filters
 * such as `[?(@.type=="Ready")]`.
 *
 * @throws Error when the path has another form.
 */
export function compileJsonPath(path: string): (object: unknown) => unknown[] {
  const steps: Step[] = []
  let rest = path.startsWith('{') ? path.slice(1, -1) : path
  while (rest !== '') {
    const [step, length] = nextStep(rest, path)
    steps.push(step)
    rest = rest.slice(length)
  }
  return (object) => steps.reduce<unknown[]>((values, step) => step(values), [object])
}

const memberStep = /^\.?((?:\\.|[^.[\]\\])+)/
const quotedStep = /^\[['"]([^'"]*)['"]\]/
const indexStep = /^\[(-?\d+)\]/
const filterStep = /^\[\?\(\s*@((?:\.[^\s=!<>)]+)+)\s*(?:(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+)))?\s*\)\]/

function nextStep(rest: string, path: string): [Step, number] {
  const all = /^(\[\*\]|\.\*|\[:\])/.exec(rest)
  if (all !== null) return [(values) => values.flatMap(children), all[0].length]
  const index = indexStep.exec(rest)
  if (index !== null) return [(values) => values.flatMap((value) => item(value, Number(index[1]))), index[0].length]
  const quoted = quotedStep.exec(rest)
  if (quoted !== null) return [(values) => values.flatMap((value) => member(value, quoted[1] ?? '')), quoted[0].length]
  const filter = filterStep.exec(rest)
  if (filter !== null) return [filterBy(filter), filter[0].length]
  if (rest === '.') return [(values) => [...values], 1]
  const named = memberStep.exec(rest)
  if (named === null) throw new Error(`cannot read JSONPath ${path} at ${rest}`)
  const key = (named[1] ?? '').replaceAll(/\\(.)/g, '$1')
  return [(values) => values.flatMap((value) => member(value, key)), named[0].length]
}

function filterBy([, path = '', operator, double, single, bare]: RegExpExecArray): Step {
  const read = compileJsonPath(path)
  const wanted = double ?? single ?? bare
  return (values) =>
    values.flatMap(children).filter((value) => {
      const [found] = read(value)
      if (operator === undefined) return found !== undefined
      const equal = found !== undefined && text(found) === wanted
      return operator === '==' ? equal : !equal
    })
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) ? Object.values(value) : []
}

function item(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) return []
  const found: unknown = value.at(index)
  return found === undefined ? [] : [found]
}

function member(value: unknown, key: string): unknown[] {
  return isObject(value) && value[key] !== undefined ? [value[key]] : []
}
