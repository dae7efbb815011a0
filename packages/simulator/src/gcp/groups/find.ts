import { scopeOfRequest, type GcpRequest } from '../call.ts'
import { GcpError, notFound } from '../error.ts'
import type { Project } from '../state.ts'
import type { GcpGroup } from './state.ts'

export function groupPath(request: GcpRequest, name = request.variables['instanceGroupManager']): string {
  return `${scopeOfRequest(request)}/instanceGroupManagers/${name}`
}

/** The group as callers see it. */
export function readGroup(request: GcpRequest): GcpGroup {
  const path = groupPath(request)
  const group = request.project.groups.read(path)
  if (!group?.ready) throw notFound(`projects/${request.project.id}/${path}`)
  return group
}

/** The group as it is, for a change; one that is being deleted takes none. */
export function groupToChange(request: GcpRequest): GcpGroup {
  const { project } = request
  const path = groupPath(request)
  const group = project.groups.get(path)
  if (!group?.ready) throw notFound(`projects/${project.id}/${path}`)
  if (group.deletion !== undefined) throw notReady(project, path)
  return group
}

export function notReady(project: Project, path: string): GcpError {
  return new GcpError(400, 'resourceNotReady', `The resource 'projects/${project.id}/${path}' is not ready`)
}
