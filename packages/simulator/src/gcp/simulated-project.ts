import { autoscale } from './autoscalers/autoscale.ts'
import type { GcpAutoscaler } from './autoscalers/state.ts'
import type { GcpCapacity } from './capacity.ts'
import { healthChanged, wake } from './groups/engine.ts'
import type { GcpGroup } from './groups/state.ts'
import type { Console } from './instances/methods.ts'
import { stopInstance } from './instances/lifecycle.ts'
import type { GcpOperation } from './operations/state.ts'
import type { GcpHealth, GcpInstance, GcpTemplate, Project } from './state.ts'
import type { GcpImage, GcpSubnetwork } from './world.ts'

/**
 * A project as tests look at it and disturb it, behind the backs of its callers. Paths are those below the project:
 * `zones/us-central1-a/instances/vm`, `regions/us-central1/instanceGroupManagers/group`.
 */
export interface SimulatedProject {
  readonly id: string
  readonly number: string
  readonly capacity: GcpCapacity
  groups(): readonly GcpGroup[]
  instances(): readonly GcpInstance[]
  templates(): readonly GcpTemplate[]
  operations(): readonly GcpOperation[]
  autoscalers(): readonly GcpAutoscaler[]
  addImage(image: GcpImage): void
  addSubnetwork(subnetwork: GcpSubnetwork): void
  /** Limits a metric, such as `CPUS`; undefined lifts it. */
  setQuota(metric: string, limit: number | undefined): void
  /** Takes a VM back, after its notice; what becomes of it is in its scheduling. */
  preempt(instance: string): void
  /** Ends a VM as if its host had failed. */
  fail(instance: string): void
  /** Deletes a VM behind the back of its group. */
  remove(instance: string): void
  /** Decides what health checks say of a VM. */
  setHealth(instance: string, health: GcpHealth): void
  /** The group's autoscaler wants a size, and takes it within its bounds. */
  autoscale(group: string, size: number): void
  /** A backend service sends traffic to a group, which then cannot be deleted; undefined ends it. */
  setBackendService(group: string, service: string | undefined): void
  /** Operations cannot be asked for any more. */
  forgetOperations(): void
  /** What the machine printed while it tried to join. */
  consoleOf(instance: string): readonly string[]
}

export function toSimulatedProject(project: Project, console: Console): SimulatedProject {
  const { world } = project
  return {
    id: project.id,
    number: project.number,
    capacity: project.capacity,
    groups: () => project.groups.values(),
    instances: () => project.instances.values(),
    templates: () => project.templates.values(),
    operations: () => project.operations.values(),
    autoscalers: () => project.autoscalers.values(),
    addImage: (image) => void world.images.push(image),
    addSubnetwork(subnetwork) {
      world.subnetworks.push(subnetwork)
      if (!world.networks.includes(subnetwork.network)) world.networks.push(subnetwork.network)
    },
    setQuota(metric, limit) {
      if (limit === undefined) project.quotas.delete(metric)
      else project.quotas.set(metric, limit)
    },
    preempt(path) {
      const instance = project.instances.get(path)
      if (!instance) throw new Error(`project ${project.id} has no ${path}`)
      const keep = instance.properties.scheduling?.instanceTerminationAction !== 'DELETE'
      project.clock.after(project.timings.preemptionNotice, () => {
        if (project.instances.get(path)?.id === instance.id) stopInstance(project, path, keep)
      })
    },
    fail: (path) => stopInstance(project, path, true),
    remove: (path) => stopInstance(project, path, false),
    setHealth(path, health) {
      project.health.set(path, health)
      healthChanged(project, path)
    },
    autoscale: (path, size) => autoscale(project, path, size),
    setBackendService(path, service) {
      if (service === undefined) project.backends.delete(path)
      else project.backends.set(path, service)
      wake(project, path)
    },
    forgetOperations() {
      for (const { path } of project.operations.values()) project.operations.delete(path)
    },
    consoleOf(path) {
      const instance = project.instances.get(path)
      return instance ? console(instance) : []
    },
  }
}
