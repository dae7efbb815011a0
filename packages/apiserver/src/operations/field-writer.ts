import type { FieldWriter, VersionView } from '../apply/apply.ts'
import { timestamp, type Backend, type WriteContext } from './backend.ts'
import { targetApiVersion, type Target } from './target.ts'

/** Who writes to a target, how and when, for the record of who owns which field. */
export function fieldWriter(
  backend: Backend,
  target: Target,
  context: WriteContext,
  subresource = target.subresource,
): FieldWriter {
  return {
    manager: context.fieldManager,
    apiVersion: targetApiVersion(target),
    subresource,
    time: timestamp(backend.now()),
    ...(target.kind.convertsVersions ? { inVersion: viewer(target, context) } : {}),
  }
}

function viewer({ kind }: Target, { outside }: WriteContext): (apiVersion: string) => VersionView | undefined {
  return (apiVersion) => {
    const version = kind.version(apiVersion.split('/').at(-1) ?? '')
    if (version === undefined) return undefined
    return { schema: version.schema, convert: (object) => kind.convert(object, version.name, outside) }
  }
}
