import type { Clock, EpochMillis, InfraMachinePool, Io, PoolRef } from '@machinepool/contract'

import { createReaders, type AwsReaders } from './aws/readers.ts'
import { createSessions } from './aws/sessions.ts'
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, RequestHandler } from './aws/sdk-types.ts'
import type { AwsCall, AwsEndpoints, AwsSession } from './aws/session.ts'
import type { AWSMachinePoolSpec } from './kinds/aws-machine-pool-schema.ts'
import { awsKinds } from './kinds/kinds.ts'
import { capabilities } from './machine-pool/capabilities.ts'
import { execute } from './machine-pool/execute.ts'
import { currentVersion, type AwsGroup } from './machine-pool/group-view.ts'
import { interpret } from './machine-pool/interpret.ts'
import { poolKind } from './machine-pool/kind.ts'
import { templateRevision } from './machine-pool/launch-template.ts'
import { machine } from './machine-pool/machine.ts'
import { observe } from './machine-pool/observe.ts'
import { plan } from './machine-pool/plan.ts'
import { report } from './machine-pool/report.ts'
import { readInputs } from './machine-pool/resolved-inputs.ts'
import { templateDrift } from './machine-pool/template-drift.ts'
import { createLookups, type Lookups } from './resolve/lookups.ts'
import { resolve } from './resolve/resolve.ts'

export interface AwsProviderOptions {
  /** The process's own credentials. Absent: the SDK's default chain (environment, profiles, web identity, IMDS ...). */
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider
  /** For pools whose cluster and spec name none. */
  readonly region?: string
  /** URL by service. Absent: what the standard AWS configuration says (`AWS_ENDPOINT_URL`, profiles), else AWS. */
  readonly endpoints?: AwsEndpoints
  /** Sends HTTP for the SDK, for proxies and for tests. */
  readonly requestHandler?: RequestHandler
  /** Where the Secrets of AWSClusterStaticIdentities are. Default `capa-system`, as upstream. */
  readonly secretNamespace?: string
  /** Publish an AWSMachinePoolMachine for each instance. Default false: upstream's gate MachinePoolMachines is off, too. */
  readonly machines?: boolean
  /** For one call, in milliseconds. Default 30 000. */
  readonly deadlineMs?: number
  /** Told about each finished call. */
  readonly onCall?: (call: AwsCall) => void
}

export interface AwsProvider {
  readonly machinePool: InfraMachinePool<AWSMachinePoolSpec, AwsGroup>
  readonly kinds: typeof awsKinds
  /** Ends open reads and connections; no method may be called afterwards. */
  close(): Promise<void>
}

/** What lives on the caller's clock. */
interface Timed {
  readonly readers: AwsReaders
  readonly lookups: Lookups
}

/** AWSMachinePool on EC2 Auto Scaling groups. Nothing is loaded or called before the first pool is observed. */
export function createAwsProvider(options: AwsProviderOptions = {}): AwsProvider {
  const sessions = createSessions({ endpoints: {}, deadlineMs: 30_000, secretNamespace: 'capa-system', ...options })
  const missingSince = new Map<string, EpochMillis>()
  const released = new Set<string>()
  let timed: Timed | undefined

  const on = (clock: Clock): Timed => {
    timed ??= { readers: createReaders(clock), lookups: createLookups(clock) }
    return timed
  }
  const sessionOf = (pool: PoolRef<AWSMachinePoolSpec>, io: Io): Promise<AwsSession> =>
    sessions.of(pool.key, interpret(pool, options.region).location, io)

  const machinePool: InfraMachinePool<AWSMachinePoolSpec, AwsGroup> = {
    kind: poolKind,
    capabilities: { ...capabilities, machines: options.machines ?? false },
    interpret: (pool) => interpret(pool, options.region),
    async observe(pool, io) {
      const session = await sessionOf(pool, io)
      return observe(pool, { session, readers: on(io.clock).readers, io, missingSince, released })
    },
    async resolve(pool, observed, io) {
      return resolve(pool, observed, await sessionOf(pool, io), on(io.clock).lookups, io)
    },
    revision: (pool, resolved, bootstrap) => templateRevision(pool, readInputs(resolved), bootstrap),
    drift(desired, observed) {
      const current = currentVersion(observed.group?.template)
      return current === undefined ? [] : templateDrift(desired, current)
    },
    plan,
    async execute(pool, action, io) {
      return execute(pool, action, { session: await sessionOf(pool, io), readers: on(io.clock).readers, io, released })
    },
    report,
    machine,
  }

  return {
    machinePool,
    kinds: awsKinds,
    async close() {
      // First the calls, so that nothing is waited for that never ends.
      sessions.close()
      await timed?.readers.close()
    },
  }
}
