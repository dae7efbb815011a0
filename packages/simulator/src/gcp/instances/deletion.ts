import { completeOperation } from '../operations/operations.ts'
import type { GcpOperation } from '../operations/state.ts'
import type { GcpInstance, Project } from '../state.ts'

/** The operation that deletes an instance is done when the instance is gone. */
export function completeWhenGone(project: Project, { path, target, targetId }: GcpOperation) {
  const listener = (changed: string, instance: GcpInstance | undefined) => {
    if (changed !== target || instance?.id === targetId) return
    project.listeners.delete(listener)
    completeOperation(project, path)
  }
  project.listeners.add(listener)
}
