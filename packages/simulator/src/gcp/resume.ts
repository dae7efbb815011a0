import { resumeMember, wake } from './groups/engine.ts'
import { completeWhenGone } from './instances/deletion.ts'
import { finishStart, startUp } from './instances/launch.ts'
import { departedKept, shutDown, tellListeners } from './instances/lifecycle.ts'
import { completeOperation, forgetLater, startOperation } from './operations/operations.ts'
import { runOperation } from './operations/run.ts'
import type { GcpOperation } from './operations/state.ts'
import type { GcpInstance, Project } from './state.ts'

/**
 * Lets a project whose records were read from a file go on where it was: what follows from the records is worked out
 * again, and what was to happen later is armed again, from the beginning of its time.
 */
export function resumeProject(project: Project) {
  const { instances, departed, operations, groups, addresses } = project
  for (const { ip } of instances.values()) addresses.add(ip)
  for (const { id } of departed.values()) project.clock.after(departedKept, () => departed.delete(id))
  for (const operation of operations.values()) resumeOperation(project, operation)
  for (const group of groups.values()) {
    for (const { name } of group.members) resumeMember(project, group.path, name)
    wake(project, group.path)
  }
  for (const instance of instances.values()) resumeInstance(project, instance)
}

function resumeOperation(project: Project, operation: GcpOperation) {
  const { path, status, target, targetId, work, ended = 0 } = operation
  const { clock, timings, instances } = project
  if (status === 'DONE') {
    forgetLater(project, path, Math.max(0, ended + timings.operationVisible - clock.now()))
    return
  }
  if (work !== undefined) {
    runOperation(project, operation, work)
    return
  }
  // The others end with what they delete: a group by itself, an instance by being gone.
  startOperation(project, path)
  if (!target.includes('/instances/')) return
  if (instances.get(target)?.id === targetId) completeWhenGone(project, operation)
  else completeOperation(project, path)
}

function resumeInstance(project: Project, instance: GcpInstance) {
  tellListeners(project, instance.path, instance)
  // Its group may have begun something else with it.
  const now = project.instances.get(instance.path)
  if (now?.id !== instance.id || now.status !== instance.status) return
  if (now.status === 'PROVISIONING') startUp(project, now)
  else if (now.status === 'STAGING') finishStart(project, now)
  else if (now.status === 'STOPPING') shutDown(project, now)
}
