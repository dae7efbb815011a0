import { typedProblems } from '../apply/typed-problems.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import type { KubeObject } from '../object.ts'
import type { Target } from './target.ts'

/**
 * Whether the fields of an object as it was sent can be recorded. What a write does not concern, such as the status in
 * a write to the object itself, is dropped; and with it, when it does not fit its schema, every record of who owns which field.
 */
export function isRecordable(object: KubeObject, { kind, version, subresource }: Target): boolean {
  const dropped = subresource === 'status' ? 'spec' : 'status'
  const schema = version.schema?.properties?.[dropped]
  if (!kind.definition.custom || !version.status || schema === undefined) return true
  const problems = typedProblems(
    { [dropped]: object[dropped] },
    { type: 'object', properties: { [dropped]: schema } },
    metadataSchema,
  )
  return problems.every(
    (problem) => problem.endsWith('field not declared in schema') || problem.includes('duplicate entries'),
  )
}

export function forgetManagers({ metadata }: KubeObject): void {
  delete metadata.managedFields
}
