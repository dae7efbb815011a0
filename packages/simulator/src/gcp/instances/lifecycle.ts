import type { GcpInstance, GcpInstanceStatus, Project } from '../state.ts'

/**
 * Shuts an instance down. Afterwards it is gone, or stays there as `TERMINATED` when `keep` says so; nothing happens to
 * one that is going already.
 */
export function stopInstance(project: Project, path: string, keep: boolean) {
  const { instances, clock, timings } = project
  const instance = instances.get(path)
  if (!instance || instance.status === 'STOPPING') return
  const { id } = instance
  if (instance.status === 'TERMINATED') {
    if (!keep) removeInstance(project, path, id)
    return
  }
  moveInstance(project, path, id, ['PROVISIONING', 'STAGING', 'RUNNING'], 'STOPPING')
  clock.after(timings.shutdown, () => {
    if (keep) moveInstance(project, path, id, ['STOPPING'], 'TERMINATED')
    else removeInstance(project, path, id)
  })
}

function removeInstance(project: Project, path: string, id: string) {
  const instance = project.instances.get(path)
  if (instance?.id !== id) return
  project.instances.delete(path)
  project.addresses.delete(instance.ip)
  project.health.delete(path)
  tellListeners(project, path, undefined)
}

/** Changes the status and tells the listeners; false when it is another instance, or not in one of the states in `from`. */
export function moveInstance(
  project: Project,
  path: string,
  id: string,
  from: readonly GcpInstanceStatus[],
  to: GcpInstanceStatus,
): boolean {
  const instance = project.instances.get(path)
  if (instance?.id !== id || !from.includes(instance.status)) return false
  const now = project.clock.now()
  const next: GcpInstance = {
    ...instance,
    status: to,
    ...(to === 'RUNNING' && { started: now }),
    ...(to === 'TERMINATED' && { stopped: now }),
  }
  project.instances.put(path, next)
  tellListeners(project, path, next)
  return true
}

export function tellListeners({ listeners }: Project, path: string, instance: GcpInstance | undefined) {
  for (const listener of listeners) listener(path, instance)
}
