import { sameScope, scopeOfRequest, type GcpRequest, type MethodHandlers } from '../call.ts'
import { notFound } from '../error.ts'
import { aggregatedListing, listing, page } from '../listing.ts'
import { showInstanceGroup, vmsOf } from './show.ts'
import type { GcpGroup } from './state.ts'

/** The instance group behind each managed one. */
export const instanceGroupMethods: MethodHandlers = {
  'instanceGroups.get': (request) => showInstanceGroup(request.project, find(request)),
  'regionInstanceGroups.get': (request) => showInstanceGroup(request.project, find(request)),
  'instanceGroups.list': list,
  'regionInstanceGroups.list': list,
  'instanceGroups.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'instanceGroup',
      ready(request).map((group) => showInstanceGroup(request.project, group)),
    ),
  'instanceGroups.listInstances': listInstances,
  'regionInstanceGroups.listInstances': listInstances,
}

function ready({ project }: GcpRequest): GcpGroup[] {
  return project.groups.readAll().filter((group) => group.ready)
}

function find(request: GcpRequest): GcpGroup {
  const { project, variables } = request
  const scope = scopeOfRequest(request)
  const group = project.groups.read(`${scope}/instanceGroupManagers/${variables['instanceGroup']}`)
  if (!group?.ready) throw notFound(`projects/${project.id}/${scope}/instanceGroups/${variables['instanceGroup']}`)
  return group
}

function list(request: GcpRequest): object {
  const scope = scopeOfRequest(request)
  const own = ready(request).filter(({ path }) => sameScope(scope, path))
  return listing(
    request,
    request.id.startsWith('region') ? 'regionInstanceGroup' : 'instanceGroup',
    own.map((group) => showInstanceGroup(request.project, group)),
  )
}

function listInstances(request: GcpRequest): object {
  const { project, body } = request
  const group = find(request)
  const { instanceState = 'ALL' } = (body ?? {}) as { instanceState?: string }
  const vms = vmsOf(project, group).filter(({ status }) => instanceState !== 'RUNNING' || status === 'RUNNING')
  const { items, next } = page(
    request,
    vms.map(({ path, status }) => ({
      instance: project.link(path),
      status,
      ...(group.resource.namedPorts && { namedPorts: group.resource.namedPorts }),
    })),
  )
  const selfLink = `${project.link(group.path.replace('/instanceGroupManagers/', '/instanceGroups/'))}/listInstances`
  return {
    kind: group.regional ? 'compute#regionInstanceGroupsListInstances' : 'compute#instanceGroupsListInstances',
    id: selfLink.slice(selfLink.indexOf('projects/')),
    ...(items.length > 0 && { items }),
    ...(next !== undefined && { nextPageToken: next }),
    selfLink,
  }
}
