import { sameScope, scopeOfRequest, type GcpRequest, type MethodHandler, type MethodHandlers } from '../call.ts'
import { GcpError, invalidValue, missing } from '../error.ts'
import { aggregatedListing, checkPlace, collectionOf, listing, page } from '../listing.ts'
import { numericId, openOperation, showOperation, startOperation } from '../operations/operations.ts'
import { runOperation, scheduled } from '../operations/run.ts'
import { nameOf, regionOf } from '../reference.ts'
import type { Project } from '../state.ts'
import { timestamp } from '../time.ts'
import { wake } from './engine.ts'
import { groupPath, groupToChange, readGroup } from './find.ts'
import { checkSize, patchResource, templateLink, toResource, type GroupBody } from './resource.ts'
import { fingerprintOf, showGroup, showMember } from './show.ts'
import type { GcpGroup, GroupResource } from './state.ts'
import { instanceActions } from './instance-actions.ts'

/** Methods of both kinds of groups, zonal and regional. */
const common: Readonly<Record<string, MethodHandler>> = {
  insert,
  get: (request) => showGroup(request.project, readGroup(request)),
  list: (request) => listing(request, managerKind(request), shownGroups(request, scopeOfRequest(request))),
  delete: remove,
  patch,
  resize,
  setInstanceTemplate,
  setTargetPools,
  listManagedInstances,
  listErrors,
  listPerInstanceConfigs: (request) => {
    readGroup(request)
    return {}
  },
  ...instanceActions,
}

export const groupMethods: MethodHandlers = {
  ...Object.fromEntries(
    Object.entries(common).flatMap(([name, handler]) => [
      [`instanceGroupManagers.${name}`, handler],
      [`regionInstanceGroupManagers.${name}`, handler],
    ]),
  ),
  'instanceGroupManagers.aggregatedList': (request) =>
    aggregatedListing(request, 'instanceGroupManager', shownGroups(request)),
}

function managerKind({ id }: GcpRequest): string {
  return id.startsWith('region') ? 'regionInstanceGroupManager' : 'instanceGroupManager'
}

function shownGroups({ project }: GcpRequest, scope?: string) {
  return project.groups
    .readAll()
    .filter((group) => group.ready && (scope === undefined || sameScope(scope, group.path)))
    .map((group) => showGroup(project, group))
}

function insert(request: GcpRequest): object {
  checkPlace(request)
  const { project, user } = request
  const body = request.body as GroupBody
  const path = groupPath(request, body.name)
  if (project.groups.get(path)) {
    throw new GcpError(409, 'alreadyExists', `The resource 'projects/${project.id}/${path}' already exists`)
  }
  const place = placeOf(request, path, body)
  const resource = toResource(project, place, body)
  checkGroupQuota(project, place.regional)
  const id = numericId(project)
  const group: GcpGroup = {
    ...place,
    id,
    created: project.clock.now(),
    resource,
    members: [],
    errors: [],
    ready: false,
  }
  project.groups.put(path, group)
  const operation = openOperation(project, { type: typeOf(request), target: path, targetId: id, user })
  runOperation(project, operation, { do: 'insertGroup', path })
  return showOperation(project, operation)
}

/** Operations bear the name of the method. */
function typeOf({ id }: GcpRequest): string {
  return `compute.${collectionOf(id)}.${id.split('.')[1]}`
}

function placeOf({ project, variables }: GcpRequest, path: string, { distributionPolicy }: GroupBody) {
  const { zone, region } = variables as { zone?: string; region: string }
  if (zone !== undefined) return { path, region: regionOf(zone), zones: [zone], regional: false }
  const all = project.world.zones.filter((one) => regionOf(one) === region)
  const chosen = distributionPolicy?.zones?.map((one) => nameOf(one.zone)) ?? all.slice(0, 3)
  const stray = chosen.find((one) => !all.includes(one))
  if (stray !== undefined) {
    throw invalidValue('resource.distributionPolicy.zones', stray, `Zone must be in region '${region}'.`)
  }
  return { path, region, zones: chosen, regional: true }
}

function checkGroupQuota({ groups, quotas }: Project, regional: boolean) {
  const metric = regional ? 'REGIONAL_INSTANCE_GROUP_MANAGERS' : 'INSTANCE_GROUP_MANAGERS'
  const limit = quotas.get(metric)
  if (limit === undefined || groups.values().filter((group) => group.regional === regional).length < limit) return
  throw new GcpError(403, 'quotaExceeded', `Quota '${metric}' exceeded.  Limit: ${limit.toFixed(1)}.`)
}

function remove(request: GcpRequest): object {
  const { project, user } = request
  const group = groupToChange(request)
  const { path, id } = group
  const backend = project.backends.get(path)
  if (backend !== undefined) {
    throw new GcpError(
      400,
      'resourceInUseByAnotherResource',
      `The instance_group_manager resource 'projects/${project.id}/${path}' is already being used by 'projects/${project.id}/${backend}'`,
    )
  }
  const operation = openOperation(project, { type: typeOf(request), target: path, targetId: id, user })
  project.groups.put(path, { ...group, deletion: operation.path })
  project.clock.after(project.timings.operation / 3, () => startOperation(project, operation.path))
  wake(project, path)
  return showOperation(project, operation)
}

function patch(request: GcpRequest): object {
  const group = groupToChange(request)
  const body = request.body as GroupBody & { readonly fingerprint?: string }
  if (body.fingerprint !== undefined && body.fingerprint !== fingerprintOf(group)) {
    throw new GcpError(412, 'conditionNotMet', 'Invalid fingerprint.', { location: 'If-Match', locationType: 'header' })
  }
  return change(request, group, patchResource(request.project, group, body))
}

/** Takes effect at once; the operation is done a little later. */
function change(request: GcpRequest, group: GcpGroup, resource: GroupResource): object {
  const { project, user } = request
  const { path, id } = group
  if (resource.targetSize !== group.resource.targetSize) checkOwnSize(project, group)
  project.groups.put(path, { ...group, resource })
  const operation = openOperation(project, { type: typeOf(request), target: path, targetId: id, user })
  runOperation(project, operation, { do: 'nothing' })
  wake(project, path)
  return showOperation(project, operation)
}

/** https://github.com/terraform-google-modules/terraform-google-vm/issues/64 quotes this answer. */
function checkOwnSize(project: Project, { path, regional }: GcpGroup) {
  const autoscaler = project.autoscalers.values().find(({ target }) => target === path)
  if (!regional || !autoscaler || autoscaler.policy.mode === 'OFF') return
  throw new GcpError(
    412,
    'conditionNotMet',
    'Resizing of autoscaled regional managed instance groups is not allowed. If you want to manually adjust target size remove the autoscaler or set autoscaling policy mode to OFF.',
    { location: 'If-Match', locationType: 'header' },
  )
}

function resize(request: GcpRequest): object {
  const { project, query, user } = request
  const group = groupToChange(request)
  const size = query.get('size')
  if (size === null) throw missing('size')
  const targetSize = checkSize('size', Number(size), group.regional)
  if (targetSize !== group.resource.targetSize) checkOwnSize(project, group)
  project.groups.put(group.path, { ...group, resource: { ...group.resource, targetSize } })
  wake(project, group.path)
  const operation = openOperation(project, { type: typeOf(request), target: group.path, targetId: group.id, user })
  return showOperation(project, scheduled(project, operation))
}

function setInstanceTemplate(request: GcpRequest): object {
  const { project } = request
  const group = groupToChange(request)
  const { instanceTemplate: reference } = request.body as { instanceTemplate?: string }
  if (reference === undefined) throw missing('instanceTemplate')
  const instanceTemplate = templateLink(project, 'instanceTemplate', reference)
  return change(request, group, { ...group.resource, instanceTemplate, versions: [{ instanceTemplate }] })
}

function setTargetPools(request: GcpRequest): object {
  const group = groupToChange(request)
  const { targetPools = [] } = request.body as { targetPools?: readonly string[] }
  return change(request, group, { ...group.resource, targetPools })
}

/** A group that is not told to page answers with all of its instances, whatever the request says about pages. */
function listManagedInstances(request: GcpRequest): object {
  const { project, query } = request
  const group = readGroup(request)
  const paged = group.resource.listManagedInstancesResults === 'PAGINATED'
  const all = group.members.map((member) => showMember(project, group, member))
  const only = new URLSearchParams(paged ? query : { filter: query.get('filter') ?? '' })
  const { items, next } = paged
    ? page({ ...request, query: only }, all)
    : { items: filtered(request, only, all), next: undefined }
  return {
    ...(items.length > 0 && { managedInstances: items }),
    ...(next !== undefined && { nextPageToken: next }),
  }
}

function filtered<T extends object>(request: GcpRequest, query: URLSearchParams, all: readonly T[]): readonly T[] {
  const items: T[] = []
  const whole = { ...request, query: new URLSearchParams(query) }
  for (;;) {
    const { items: more, next } = page(whole, all)
    items.push(...more)
    if (next === undefined) return items
    whole.query.set('pageToken', next)
  }
}

function listErrors(request: GcpRequest): object {
  const { project } = request
  const group = readGroup(request)
  const { items, next } = page(
    request,
    group.errors.map(({ time, code, message, instance, action, template }) => ({
      timestamp: timestamp(time),
      error: { code, message },
      instanceActionDetails: {
        action,
        instance: project.link(instance),
        version: { instanceTemplate: project.link(template) },
      },
    })),
  )
  return { ...(items.length > 0 && { items }), ...(next !== undefined && { nextPageToken: next }) }
}
