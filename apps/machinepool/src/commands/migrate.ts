import { UsageError, type Context } from '../context.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { createResourceFinder, UnknownKindError } from '../kubernetes/resource-finder.ts'
import { migrate as run, MigrationError } from '../migrate/migration.ts'
import { convertInfrastructure, versionOf } from './convert.ts'

export interface MigrateOptions extends ConnectionOptions {
  readonly dryRun?: boolean
}

/** `machinepool migrate`: live objects of the `exp.*` groups are moved to the groups of today. */
export async function migrate(options: MigrateOptions, context: Context): Promise<number> {
  const { client } = await connect(options, context)
  const dryRun = options.dryRun ?? false
  let steps = 0
  try {
    await run({
      client,
      finder: createResourceFinder(client),
      conversion: { versionOf, convertInfrastructure },
      ...(options.namespace !== undefined && { namespace: options.namespace }),
      dryRun,
      report: ({ action, object }) => {
        steps += 1
        context.out.write(`${action} ${object}${dryRun ? ' (dry run)' : ''}\n`)
      },
    })
    if (steps === 0) context.out.write('There is nothing to migrate.\n')
    return 0
  } catch (error) {
    if (error instanceof MigrationError || error instanceof UnknownKindError)
      throw new UsageError(error.message, { cause: error })
    throw error
  } finally {
    await client.close()
  }
}
