import { Environment } from '@marcbachmann/cel-js'

import type { FieldError, FieldErrorType } from '../failure.ts'
import { deepEqual, isObject } from '../json.ts'
import { registerKubernetesLibraries } from './cel-libraries.ts'
import { formatPath } from './path.ts'
import { memberSchema, type Schema, type ValidationRule } from './schema.ts'
import { toCel } from './to-cel.ts'
import { formerItems } from './unchanged.ts'

type Evaluate = (context: Record<string, unknown>) => unknown

interface CompiledRule {
  readonly rule: ValidationRule
  readonly evaluate: Evaluate
  readonly message: Evaluate | undefined
  /** Compares with the former value, so it has no meaning for a new one. */
  readonly transition: boolean
}

/** The rules of a schema, compiled as they are first needed. */
export interface CelRules {
  /** There are none. */
  readonly empty: boolean
  /**
   * @param old the object before, or undefined at creation.
   * @param forgive told of rules that are broken by what did not change, which is not held against it.
   */
  validate(object: unknown, old: unknown, forgive?: (error: FieldError) => void): FieldError[]
  /**
   * Compiles all rules.
   *
   * @throws Error when one does not parse.
   */
  check(): void
}

/** The `x-kubernetes-validations` of a schema. */
export function compileCelRules(schema: Schema): CelRules {
  const relevant = new Map<Schema, boolean>()
  const compiled = new Map<ValidationRule, CompiledRule>()

  function hasRules(node: Schema | undefined): boolean {
    if (node === undefined) return false
    const known = relevant.get(node)
    if (known !== undefined) return known
    relevant.set(node, false)
    const inside =
      (node['x-kubernetes-validations']?.length ?? 0) > 0 ||
      Object.values(node.properties ?? {}).some(hasRules) ||
      hasRules(node.items) ||
      (typeof node.additionalProperties === 'object' && hasRules(node.additionalProperties))
    relevant.set(node, inside)
    return inside
  }

  function rulesOf(node: Schema): CompiledRule[] {
    return (node['x-kubernetes-validations'] ?? []).map((rule) => {
      let found = compiled.get(rule)
      if (found === undefined) compiled.set(rule, (found = compileRule(rule)))
      return found
    })
  }

  function visit(
    value: unknown,
    old: unknown,
    node: Schema | undefined,
    path: (string | number)[],
    errors: FieldError[],
    forgive: (error: FieldError) => void,
  ): void {
    if (node === undefined || !hasRules(node) || value === undefined || value === null) return
    const unchanged = old !== undefined && deepEqual(value, old)
    for (const rule of rulesOf(node)) {
      const error = check(rule, value, old, node, path)
      // The rule may be newer than the value.
      if (error !== undefined && unchanged && !rule.transition) forgive(error)
      else if (error !== undefined) errors.push(error)
    }
    if (Array.isArray(value)) {
      const former = formerItems(old, node)
      value.forEach((item, index) => visit(item, former(item), node.items, [...path, index], errors, forgive))
    } else if (isObject(value)) {
      const formerMembers = isObject(old) && node['x-kubernetes-map-type'] !== 'atomic' ? old : {}
      for (const key of Object.keys(value))
        visit(value[key], formerMembers[key], memberSchema(node, key), [...path, key], errors, forgive)
    }
  }

  return {
    get empty() {
      return !hasRules(schema)
    },
    validate(object, old, forgive = () => {}) {
      const errors: FieldError[] = []
      visit(object, old, schema, [], errors, forgive)
      return errors
    },
    check() {
      rulesOf(schema)
    },
  }
}

function check(
  compiled: CompiledRule,
  value: unknown,
  old: unknown,
  node: Schema,
  path: (string | number)[],
): FieldError | undefined {
  const { rule } = compiled
  if (compiled.transition && old === undefined && rule.optionalOldSelf !== true) return undefined
  const context: Record<string, unknown> = { self: toCel(value, node) }
  if (compiled.transition) {
    context['oldSelf'] =
      rule.optionalOldSelf === true ? optional(old === undefined ? undefined : toCel(old, node)) : toCel(old, node)
  }
  const field = formatPath([
    ...path,
    ...(rule.fieldPath === undefined ? [] : rule.fieldPath.replace(/^\./, '').split('.')),
  ])
  const fail = (detail: string): FieldError => {
    const type = (rule.reason as FieldErrorType | undefined) ?? 'FieldValueInvalid'
    return { type, field: field === '' ? '<nil>' : field, value: node.type ?? '', detail }
  }
  let holds: unknown
  try {
    holds = compiled.evaluate(context)
  } catch (error) {
    return fail(`${evaluationMessage(error)} evaluating rule: ${rule.message ?? rule.rule}`)
  }
  if (holds === true) return undefined
  return fail(messageOf(compiled, context))
}

function messageOf({ rule, message }: CompiledRule, context: Record<string, unknown>): string {
  if (message !== undefined) {
    try {
      const text = message(context)
      if (typeof text === 'string' && text.trim() !== '' && !text.includes('\n')) return text
    } catch {
      // A message that cannot be made must not hide the failure: the fixed one follows.
    }
  }
  return rule.message ?? `failed rule: ${rule.rule}`
}

function evaluationMessage(error: unknown): string {
  const first = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  if (first.startsWith('Invalid duration string')) {
    return "type conversion error from 'string' to 'google.protobuf.Duration'"
  }
  return first.replace(/^No such key/, 'no such key')
}

function compileRule(rule: ValidationRule): CompiledRule {
  const base = environment()
  return {
    rule,
    evaluate: base.parse(rule.rule),
    message: rule.messageExpression === undefined ? undefined : base.parse(rule.messageExpression),
    transition: /\boldSelf\b/.test(rule.rule) || rule.optionalOldSelf === true,
  }
}

let shared: Environment | undefined
function environment(): Environment {
  shared ??= newEnvironment()
  return shared
}

function newEnvironment(): Environment {
  const base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn')
  return registerKubernetesLibraries(base)
}

/** `oldSelf` of a rule that also runs for new values. */
function optional(value: unknown): unknown {
  return environment().parse(value === undefined ? 'optional.none()' : 'optional.of(self)')({ self: value })
}
