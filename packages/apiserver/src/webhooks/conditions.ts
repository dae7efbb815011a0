import { forbidden } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import type { Target } from '../operations/target.ts'
import type { ConditionCompiler } from '../schema/cel-condition.ts'
import type { Webhook } from './configuration.ts'

/**
 * Whether the CEL conditions of a webhook hold for a request.
 *
 * @throws ApiFailure 403 when one cannot be evaluated, none is false, and the webhook's failures matter.
 */
export function conditionsHold(
  compiler: ConditionCompiler,
  { name, matchConditions = [], failurePolicy }: Webhook,
  request: JsonObject,
  { kind, name: object }: Target,
): boolean {
  const { object: next, oldObject: old, ...rest } = request
  const problems: string[] = []
  for (const condition of matchConditions) {
    try {
      if (compiler.compile(condition.expression)({ object: next, oldObject: old, request: rest }) !== true) return false
    } catch (error) {
      problems.push(
        `expression '${condition.expression}' resulted in error: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      )
    }
  }
  if (problems.length === 0) return true
  if (failurePolicy === 'Ignore') return false
  throw forbidden(
    kind.definition,
    object,
    problems.length === 1 ? problems.join('') : `[${problems.join(', ')}] (webhook ${name})`,
  )
}
