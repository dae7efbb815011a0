import { ProviderError, type Clock, type Io, type Location } from '@machinepool/contract'
import { createCallGates, withDeadline, type CallGates } from '@machinepool/provider-kit'

import { createIdentities, type Identity } from './credentials.ts'
import { credentialsFailure, gcpError } from './errors.ts'
import { createGcpProject, type Authorization, type Fetch, type GcpCall, type GcpProject } from './project.ts'

export interface ProjectsOptions {
  readonly authorization?: Authorization
  readonly impersonate?: string
  readonly endpoint?: string
  readonly fetch?: Fetch
  readonly deadlineMs: number
  readonly onCall?: (call: GcpCall) => void
}

/** Connections by identity and project, made when first needed. */
export interface Projects {
  /** @throws `Unauthenticated` when the credentials of the pool cannot be read */
  of(location: Location, io: Io): Promise<GcpProject>
  close(): void
}

/** The oldest public limit of the API; newer ones are higher, and others share the project. */
const callsPerSecond = 20
const burst = 100

export function createProjects(options: ProjectsOptions): Projects {
  const identities = createIdentities(options)
  const projects = new Map<string, GcpProject>()
  let gates: CallGates | undefined

  const gatesOn = (clock: Clock): CallGates => {
    gates ??= createCallGates({ clock, ratePerSecond: callsPerSecond, burst })
    return gates
  }

  const endpointOf = async (location: Location, identity: Identity): Promise<string> => {
    const chosen = options.endpoint ?? location.scope?.['endpoint']
    if (chosen !== undefined) return withPath(chosen)
    return `https://compute.${await identity.universeDomain()}/compute/v1/`
  }

  return {
    async of(location, io) {
      const { account } = location
      if (account === undefined) throw unknownProject()
      const identity = await identities.of(location, io)
      const key = JSON.stringify([identity.id, account, location.scope?.['endpoint']])
      const existing = projects.get(key)
      if (existing) return existing
      const endpoint = await withDeadline(io, options.deadlineMs, () => endpointOf(location, identity)).catch(
        (error: unknown) => {
          identity.renew()
          throw gcpError(credentialsFailure(error), { operation: 'credentials' })
        },
      )
      const project = createGcpProject({
        identity: identity.id,
        project: account,
        authorization: identity.authorization,
        renew: identity.renew,
        endpoint,
        fetch: options.fetch ?? ((url, init) => fetch(url, init)),
        gates: gatesOn(io.clock),
        deadlineMs: options.deadlineMs,
        clock: io.clock,
        ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
      })
      projects.set(key, project)
      return project
    },
    close() {
      for (const project of projects.values()) project.close()
      projects.clear()
    },
  }
}

function unknownProject(): ProviderError {
  return new ProviderError({
    code: 'InvalidSpec',
    field: 'GCPCluster.spec.project',
    reason: 'ProjectUnknown',
    message: 'No project: set spec.project on the GCPCluster.',
  })
}

const versionPath = 'compute/v1/'

/** An endpoint may be given with or without the path of the API, as gcloud's override is. */
function withPath(endpoint: string): string {
  const base = endpoint.endsWith('/') ? endpoint : `${endpoint}/`
  return new URL(base).pathname === '/' ? new URL(versionPath, base).href : base
}
