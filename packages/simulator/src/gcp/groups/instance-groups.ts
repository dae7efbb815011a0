import { sameScope, scopeOfRequest, type GcpRequest, type MethodHandlers } from '../call.ts'
import { GcpError, notFound } from '../error.ts'
import { fingerprint } from '../instances/show.ts'
import { aggregatedListing, collectionOf, listing, page } from '../listing.ts'
import { openOperation, showOperation } from '../operations/operations.ts'
import { runOperation } from '../operations/run.ts'
import { showInstanceGroup, vmsOf } from './show.ts'
import type { GcpGroup, NamedPort } from './state.ts'

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
  'instanceGroups.setNamedPorts': setNamedPorts,
  'regionInstanceGroups.setNamedPorts': setNamedPorts,
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

/** The only way to other ports: a patch of the managed group leaves them as they are. */
function setNamedPorts(request: GcpRequest): object {
  const { project, user, body, id } = request
  const group = find(request)
  const { namedPorts = [], fingerprint: known } = body as NamedPortsBody
  if (known !== undefined && known !== fingerprint(group.resource.namedPorts ?? [])) {
    throw new GcpError(412, 'conditionNotMet', 'Invalid fingerprint.', { location: 'If-Match', locationType: 'header' })
  }
  const target = group.path.replace('/instanceGroupManagers/', '/instanceGroups/')
  const type = `compute.${collectionOf(id)}.setNamedPorts`
  const operation = openOperation(project, { type, target, targetId: group.id, user })
  runOperation(project, operation, { do: 'setNamedPorts', path: group.path, namedPorts })
  return showOperation(project, operation)
}

interface NamedPortsBody {
  readonly namedPorts?: readonly NamedPort[]
  readonly fingerprint?: string
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
