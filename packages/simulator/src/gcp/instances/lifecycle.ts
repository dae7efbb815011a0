import type { GcpInstance, GcpInstanceStatus, Project } from '../state.ts'

/** How long an instance that went is remembered, in milliseconds. */
export const departedKept = 3_600_000

/**
 * Shuts an instance down. Afterwards it is gone, or stays there as `TERMINATED` when `keep` says so; nothing happens to
 * one that is going already.
 */
export function stopInstance(project: Project, path: string, keep: boolean) {
  const { instances } = project
  const instance = instances.get(path)
  if (!instance || instance.status === 'STOPPING') return
  const { id } = instance
  if (instance.status === 'TERMINATED') {
    if (!keep) removeInstance(project, path, id)
    return
  }
  instances.put(path, { ...instance, staysWhenStopped: keep })
  moveInstance(project, path, id, ['PROVISIONING', 'STAGING', 'RUNNING'], 'STOPPING')
  shutDown(project, { path, id })
}

/** The end of an instance that is `STOPPING`, when its time has come. */
export function shutDown(project: Project, { path, id }: Pick<GcpInstance, 'path' | 'id'>) {
  project.clock.after(project.timings.shutdown, () => {
    const instance = project.instances.get(path)
    if (instance?.id !== id) return
    if (instance.staysWhenStopped === true) moveInstance(project, path, id, ['STOPPING'], 'TERMINATED')
    else removeInstance(project, path, id)
  })
}

function removeInstance(project: Project, path: string, id: string) {
  const instance = project.instances.get(path)
  if (instance?.id !== id) return
  project.instances.delete(path)
  project.departed.put(id, instance)
  project.clock.after(departedKept, () => project.departed.delete(id))
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
