import { wake } from '../groups/engine.ts'
import type { Project } from '../state.ts'

/** What the autoscaler of a group does when it wants a size: within its bounds. */
export function autoscale(project: Project, path: string, size: number) {
  const group = project.groups.get(path)
  const autoscaler = project.autoscalers.values().find(({ target }) => target === path)
  if (!group || !autoscaler) return
  const { minNumReplicas = 0, maxNumReplicas } = autoscaler.policy
  const targetSize = Math.min(maxNumReplicas, Math.max(minNumReplicas, size))
  if (targetSize === group.resource.targetSize) return
  project.groups.put(path, { ...group, resource: { ...group.resource, targetSize } })
  wake(project, path)
}
