import { Environment } from '@marcbachmann/cel-js'

import { registerKubernetesLibraries } from './cel-libraries.ts'
import { toCel } from './to-cel.ts'

export type Condition = (values: Readonly<Record<string, unknown>>) => unknown

/** Compiles CEL expressions over JSON values whose types are not known, such as the objects of a request. */
export class ConditionCompiler {
  readonly #environment: Environment
  readonly #compiled = new Map<string, Condition>()

  /** @param variables the names that expressions may use. */
  constructor(variables: readonly string[]) {
    const base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    this.#environment = registerKubernetesLibraries(
      variables.reduce((environment, name) => environment.registerVariable(name, 'dyn'), base),
    )
  }

  /** @throws Error when the expression does not parse. */
  compile(expression: string): Condition {
    const known = this.#compiled.get(expression)
    if (known !== undefined) return known
    const evaluate = this.#environment.parse(expression)
    const condition: Condition = (values) =>
      evaluate(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toCel(value, undefined)])))
    this.#compiled.set(expression, condition)
    return condition
  }
}
