import type { Clock, InfraMachinePool, Io, PoolRef } from '@machinepool/contract'
import { createLookupCache, type LookupCache } from '@machinepool/provider-kit'

import type { Authorization, Fetch, GcpCall, GcpProject } from './compute/project.ts'
import { createProjects } from './compute/projects.ts'
import { createReaders, type GcpReaders } from './compute/readers.ts'
import { createRequestIds } from './compute/request-ids.ts'
import type { GCPMachinePoolSpec } from './kinds/gcp-machine-pool-schema.ts'
import { gcpKinds } from './kinds/kinds.ts'
import { capabilities } from './machine-pool/capabilities.ts'
import { currentTemplate } from './machine-pool/current-template.ts'
import { execute } from './machine-pool/execute.ts'
import type { GcpGroup } from './machine-pool/group-view.ts'
import { templateRevision } from './machine-pool/instance-template.ts'
import { interpret } from './machine-pool/interpret.ts'
import { poolKind } from './machine-pool/kind.ts'
import { machine } from './machine-pool/machine.ts'
import { observe } from './machine-pool/observe.ts'
import { plan } from './machine-pool/plan.ts'
import { report } from './machine-pool/report.ts'
import { readInputs } from './machine-pool/resolved-inputs.ts'
import { templateDrift } from './machine-pool/template-drift.ts'
import { resolve } from './resolve/resolve.ts'

export interface GcpProviderOptions {
  /**
   * The process's own credentials, as any client of google-auth-library. Absent: application default credentials, which
   * cover workload identity, service account files and the metadata server.
   */
  readonly authorization?: Authorization
  /** Service account to act as. The credentials above, or those of a cluster's Secret, are the source. */
  readonly impersonate?: string
  /** For pools whose cluster names none. */
  readonly project?: string
  readonly region?: string
  /** URL of the Compute API, with or without `/compute/v1/`. Absent: a GCPCluster's, else the public one. */
  readonly endpoint?: string
  /** Sends HTTP, for proxies and for tests. Absent: the global `fetch`. */
  readonly fetch?: Fetch
  /** For one call, in milliseconds. Default 30 000. */
  readonly deadlineMs?: number
  /** Told about each finished call. */
  readonly onCall?: (call: GcpCall) => void
}

export interface GcpProvider {
  readonly machinePool: InfraMachinePool<GCPMachinePoolSpec, GcpGroup>
  readonly kinds: typeof gcpKinds
  /** Ends open calls; no method may be called afterwards. */
  close(): Promise<void>
}

/** What lives on the caller's clock. */
interface Timed {
  readonly readers: GcpReaders
  readonly images: LookupCache<string | undefined>
}

const imageTtlMs = 60 * 60_000
const absentImageTtlMs = 30_000

/** GCPMachinePool on managed instance groups. Nothing is loaded or called before the first pool is observed. */
export function createGcpProvider(options: GcpProviderOptions = {}): GcpProvider {
  const projects = createProjects({ deadlineMs: 30_000, ...options })
  const requestIds = createRequestIds()
  let timed: Timed | undefined

  const on = (clock: Clock): Timed => {
    timed ??= {
      readers: createReaders(clock),
      images: createLookupCache({ clock, ttlMs: imageTtlMs, negativeTtlMs: absentImageTtlMs }),
    }
    return timed
  }
  const projectOf = (pool: PoolRef<GCPMachinePoolSpec>, io: Io): Promise<GcpProject> =>
    projects.of(interpret(pool, options).location, io)

  const machinePool: InfraMachinePool<GCPMachinePoolSpec, GcpGroup> = {
    kind: poolKind,
    capabilities,
    interpret: (pool) => interpret(pool, options),
    async observe(pool, io) {
      return observe(pool, { project: await projectOf(pool, io), readers: on(io.clock).readers, io })
    },
    async resolve(pool, observed, io) {
      const { location } = interpret(pool, options)
      return resolve(pool, observed, await projectOf(pool, io), location, on(io.clock).images, io)
    },
    revision: (pool, resolved, bootstrap) => templateRevision(pool, readInputs(resolved), bootstrap),
    drift(desired, observed) {
      const current = currentTemplate(observed.group)
      return current?.properties === undefined ? [] : templateDrift(desired, current)
    },
    plan,
    async execute(pool, action, io) {
      const project = await projectOf(pool, io)
      return execute(pool, action, { project, readers: on(io.clock).readers, io, requestIds })
    },
    report,
    machine,
  }

  return {
    machinePool,
    kinds: gcpKinds,
    async close() {
      // First the calls, so that nothing is waited for that never ends.
      projects.close()
      await timed?.readers.close()
    },
  }
}
