import type { Context } from '../context.ts'
import { applyObjects, type AppliedObject } from '../kubernetes/apply-objects.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { readManifests } from '../manifest/read.ts'

export interface ApplyCommandOptions extends ConnectionOptions {
  readonly filename: readonly string[]
  readonly dryRun?: boolean
}

/** `machinepool apply -f FILE`: variables filled in, everything checked before anything is written. */
export async function apply(options: ApplyCommandOptions, context: Context): Promise<number> {
  const manifest = await readManifests(options.filename, { variables: context.env, stdin: context.stdin })
  const { client, namespace } = await connect(options, context)
  try {
    const applied = await applyObjects(client, manifest, { namespace, dryRun: options.dryRun ?? false })
    for (const each of applied) context.out.write(`${describeApplied(each, options.dryRun)}\n`)
    return 0
  } finally {
    await client.close()
  }
}

/** `machinepool.cluster.x-k8s.io/workers created`, as kubectl says it. */
export function describeApplied({ resource, object, outcome }: AppliedObject, dryRun = false): string {
  const kind = resource.kind.toLowerCase()
  const suffix = resource.group === '' ? '' : `.${resource.group}`
  return `${kind}${suffix}/${object.metadata.name ?? ''} ${outcome}${dryRun ? ' (dry run)' : ''}`
}
