import { createHash } from 'node:crypto'

import type { Clock } from '@machinepool/kube'

import type { Ids } from '../ids.ts'
import { createTable, type Table } from '../table.ts'
import { createCapacity } from './capacity.ts'
import type { Project } from './state.ts'
import type { GcpTimings } from './timings.ts'
import { findImage, machineTypes, type LiveWorld } from './world.ts'

export interface ProjectOptions {
  readonly id: string
  readonly clock: Clock
  readonly ids: Ids
  readonly timings: GcpTimings
  readonly world: LiveWorld
  /** Where links begin, such as `https://www.googleapis.com/compute/v1`. */
  readonly linkBase: string
  readonly lag: () => number
  readonly quotas: Readonly<Record<string, number>>
  /** Keeps the tables: told about each change, with what there was before. */
  readonly kept?: KeptTables
  /** The world of another project. */
  readonly worldOf: (project: string) => LiveWorld
}

/** Where the tables of a project are kept, so that they outlive the process. */
export interface KeptTables {
  load(table: string): Iterable<readonly [key: string, record: unknown]>
  note(table: string, key: string, record: unknown): void
}

/** For tables that are never behind. */
const atOnce = (): number => 0

export function createProject(options: ProjectOptions): Project {
  const { id, clock, linkBase, world, kept } = options
  const table = <T>(name: string, lag = options.lag): Table<T> => {
    const made = createTable<T>(clock, lag, (key, record) => kept?.note(name, key, record))
    made.restore(kept?.load(name) ?? [])
    return made
  }
  return {
    id,
    number: projectNumber(id),
    clock,
    ids: options.ids,
    timings: options.timings,
    link: (path) => `${linkBase}/${path.startsWith('projects/') ? path : `projects/${id}/${path}`}`,
    templates: table('templates'),
    groups: table('groups'),
    instances: table('instances'),
    departed: table('departed'),
    autoscalers: table('autoscalers'),
    healthChecks: table('healthChecks'),
    operations: table('operations', atOnce),
    operationListeners: new Map(),
    requests: table('requests', atOnce),
    world,
    machineTypes: machineTypes(),
    capacity: createCapacity(),
    quotas: new Map(Object.entries(options.quotas)),
    health: new Map(),
    backends: new Map(),
    addresses: new Set(),
    listeners: new Set(),
    awake: new Set(),
    image: (project, path) => findImage((project === id ? world : options.worldOf(project)).images, path),
  }
}

/** Twelve digits, always the same for one project. */
function projectNumber(id: string): string {
  const hash = createHash('sha256').update(id).digest().readUIntBE(0, 6)
  return String(100_000_000_000 + (hash % 900_000_000_000))
}
