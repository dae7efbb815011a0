import { systemClock, type Clock } from '@machinepool/kube'

import { createGuests, type WorkloadLookup } from '../guest/guests.ts'
import { createIds } from '../ids.ts'
import { listen, type Reply } from '../listener.ts'
import { createScopedClock } from '../scoped-clock.ts'
import { openStateFile } from '../state-file.ts'
import { createThrottle, type Rate } from '../throttle.ts'
import { answerBatch, type BatchCall } from './batch.ts'
import { createGcpCallLog, names, type GcpCallLog } from './call-log.ts'
import { dispatch } from './dispatch.ts'
import { errorBody, GcpError } from './error.ts'
import { createGcpFaults, type GcpFaults } from './faults.ts'
import { watchInstances } from './groups/engine.ts'
import { keep } from './kept.ts'
import { attachGuests, clusterByLabel, providerIDOf, resumeGuests, type ClusterOf } from './machines.ts'
import { allMethods } from './methods.ts'
import { computeModel } from './model.ts'
import { createProject } from './project.ts'
import { resumeProject } from './resume.ts'
import { createRouter } from './route.ts'
import { toSimulatedProject, type SimulatedProject } from './simulated-project.ts'
import type { GcpInstance, Project } from './state.ts'
import { defaultGcpTimings, type GcpTimings } from './timings.ts'
import { createTokens, type GcpTokens } from './tokens.ts'
import { defaultGcpWorld, toLiveWorld, type GcpWorld, type LiveWorld } from './world.ts'

export interface GcpSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly clock?: Clock
  /** The same seed gives the same ids for the same calls. */
  readonly seed?: string
  /** Project of `simulator.project()`. Others come to be when they are asked for. Default `simulated-project`. */
  readonly project?: string
  readonly timings?: Partial<GcpTimings>
  /** Milliseconds by which answers are behind writes. */
  readonly lag?: number
  /** Limits by operation: `instances.list`, `instances.*`, `*`; calls of one pattern share its bucket. */
  readonly rates?: Readonly<Record<string, Rate>>
  /** Limits of each project by metric: `CPUS`, `CPUS_ALL_REGIONS`, `INSTANCES`, `INSTANCE_TEMPLATES`... */
  readonly quotas?: Readonly<Record<string, number>>
  /** What exists in a project at first. */
  readonly world?: (project: string) => GcpWorld
  /** Origin of self links; the API writes another one than it is called at. Default https://www.googleapis.com. */
  readonly linkOrigin?: string
  /** Refuse calls without a token. Default false. */
  readonly requireToken?: boolean
  readonly machines?: GcpMachineOptions
  /** File in which the cloud is kept, to go on from there when it is started again; absent: in memory. */
  readonly stateFile?: string
}

/** What runs on the instances. */
export interface GcpMachineOptions {
  /** Where instances join; they only run when absent. */
  readonly workload?: WorkloadLookup
  /** Default: by label `capg-cluster-<name>`. */
  readonly clusterOf?: ClusterOf
  /** Kubelet version of images that do not say theirs. */
  readonly kubeletVersion?: string
  /** Remove the Nodes of ended instances, as a cloud controller manager does. Default true. */
  readonly removeNodes?: boolean
  /** Start and end pods bound to the Nodes. Default true. */
  readonly kubelets?: boolean
}

export interface GcpSimulator {
  /** Where it listens. The Compute API is below `/compute/v1/`, OAuth tokens are given out at `/token`. */
  readonly url: string
  readonly calls: GcpCallLog
  readonly faults: GcpFaults
  readonly tokens: GcpTokens
  project(id?: string): SimulatedProject
  /** Changes by how many milliseconds answers are behind from now on. */
  setLag(ms: number): void
  /** Changes the limit of an operation or pattern; undefined lifts it. */
  setRate(operation: string, rate: Rate | undefined): void
  close(): Promise<void>
}

/** Starts a simulated Google Cloud that listens on the loopback interface. */
export async function createGcpSimulator(options: GcpSimulatorOptions = {}): Promise<GcpSimulator> {
  const clock = createScopedClock(options.clock ?? systemClock)
  const seed = options.seed ?? 'simulator'
  const timings = { ...defaultGcpTimings, ...options.timings }
  const { machines = {} } = options
  const guests = createGuests({
    clock,
    workload: machines.workload ?? (() => undefined),
    nodeRemoval: machines.removeNodes === false ? false : timings.nodeRemoval,
    kubelets: machines.kubelets ?? true,
  })
  let lag = options.lag ?? 0

  const worlds = new Map<string, LiveWorld>()
  function worldOf(id: string): LiveWorld {
    let world = worlds.get(id)
    if (!world) worlds.set(id, (world = toLiveWorld((options.world ?? defaultGcpWorld)(id))))
    return world
  }

  const stateFile = options.stateFile === undefined ? undefined : openStateFile(options.stateFile)
  const projects = new Map<string, Project>()
  function projectOf(id: string): Project {
    let project = projects.get(id)
    if (!project) {
      const kept = stateFile && keep(stateFile, id)
      project = createProject({
        id,
        clock,
        ids: createIds(`${seed}/${id}`, kept?.idsGiven()),
        timings,
        ...(kept && { kept }),
        world: worldOf(id),
        linkBase: `${options.linkOrigin ?? 'https://www.googleapis.com'}/compute/v1`,
        lag: () => lag,
        quotas: options.quotas ?? {},
        worldOf,
      })
      projects.set(id, project)
      watchInstances(project)
      kept?.countIds(project)
      const { workload, kubeletVersion = 'v1.34.0', clusterOf = clusterByLabel } = machines
      if (workload) attachGuests(project, guests, kubeletVersion, clusterOf)
      resumeProject(project)
      if (workload) resumeGuests(project, guests, kubeletVersion, clusterOf)
    }
    return project
  }

  const calls = createGcpCallLog()
  const faults = createGcpFaults(clock)
  const tokens = createTokens(clock, createIds(`${seed}/tokens`))
  const rates = new Map(Object.entries(options.rates ?? {}))
  const consoleOf = (project: Project) => (instance: GcpInstance) => guests.console(providerIDOf(project, instance))
  const context = {
    clock,
    calls,
    faults,
    tokens,
    throttle: createThrottle(clock),
    rateOf(operation: string) {
      for (const [pattern, rate] of rates) if (names(pattern, operation)) return { pattern, rate }
      return undefined
    },
    projectOf,
    methods: allMethods(consoleOf),
    saved: () => stateFile?.flush(),
    requireToken: options.requireToken ?? false,
  }
  for (const id of stateFile?.regions() ?? []) projectOf(id)
  const route = createRouter(computeModel)
  const answer = async ({ verb, url, headers, body }: BatchCall): Promise<Reply | undefined> => {
    const { pathname, searchParams: query } = new URL(url, 'http://localhost')
    if (/^\/batch(?:\/compute\/v1)?\/?$/.test(pathname)) return answerBatch(headers, body, answer)
    const token = tokens.answer(verb, pathname, body)
    if (token) return token
    const found = route(verb, pathname.replace(/^\/(?:compute\/v1\/)?/, ''))
    if (found) return dispatch(context, { route: found, query, headers, body })
    const error = new GcpError(404, 'notFound', `The simulator has no ${verb} ${pathname}.`)
    return { status: 404, contentType: 'application/json; charset=UTF-8', body: JSON.stringify(errorBody(error)) }
  }
  const listener = await listen(options.port ?? 0, options.host ?? '127.0.0.1', (request, body) =>
    answer({ verb: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers, body }),
  )

  const defaultProject = options.project ?? 'simulated-project'
  return {
    url: listener.url,
    calls,
    faults,
    tokens,
    project: (id = defaultProject) => toSimulatedProject(projectOf(id), consoleOf(projectOf(id))),
    setLag: (ms) => void (lag = ms),
    setRate(operation, rate) {
      if (rate) rates.set(operation, rate)
      else rates.delete(operation)
    },
    async close() {
      await listener.close()
      guests.close()
      clock.close()
      stateFile?.close()
    },
  }
}
