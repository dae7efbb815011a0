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
  /** The world of another project. */
  readonly worldOf: (project: string) => LiveWorld
}

export function createProject(options: ProjectOptions): Project {
  const { id, clock, linkBase, world } = options
  const table = <T>(): Table<T> => createTable<T>(clock, options.lag)
  return {
    id,
    number: projectNumber(id),
    clock,
    ids: options.ids,
    timings: options.timings,
    link: (path) => `${linkBase}/${path.startsWith('projects/') ? path : `projects/${id}/${path}`}`,
    templates: table(),
    groups: table(),
    instances: table(),
    autoscalers: table(),
    healthChecks: table(),
    operations: new Map(),
    operationListeners: new Map(),
    requests: new Map(),
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
