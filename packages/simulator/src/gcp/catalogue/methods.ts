import { scopeOfRequest, type GcpRequest, type MethodHandlers } from '../call.ts'
import { GcpError, missing, notFound } from '../error.ts'
import { aggregatedListing, listing } from '../listing.ts'
import { checkName } from '../names.ts'
import { numericId, openOperation, showOperation } from '../operations/operations.ts'
import { runOperation } from '../operations/run.ts'
import type { GcpHealthCheck } from './state.ts'
import type { Project } from '../state.ts'
import { timestamp } from '../time.ts'
import { findMachineType, regionsOf } from '../world.ts'
import {
  showHealthCheck,
  showImage,
  showMachineType,
  showNetwork,
  showRegion,
  showSubnetwork,
  showZone,
} from './show.ts'

/** What there is to choose from: places, machine types, images, networks, health checks. */
export const catalogueMethods: MethodHandlers = {
  'projects.get': ({ project }) => showProject(project),
  'zones.get': ({ project, variables }) => showZone(project, variables['zone']!),
  'zones.list': (request) =>
    globalListing(
      request,
      'zone',
      request.project.world.zones.map((zone) => showZone(request.project, zone)),
    ),
  'regions.get': ({ project, variables }) => showRegion(project, variables['region']!),
  'regions.list': (request) =>
    globalListing(
      request,
      'region',
      regionsOf(request.project.world).map((region) => showRegion(request.project, region)),
    ),
  'machineTypes.get': (request) => {
    const { project, variables } = request
    const type = findMachineType(project.machineTypes, variables['machineType']!)
    return showMachineType(project, variables['zone']!, found(request, 'machineTypes', 'machineType', type))
  },
  'machineTypes.list': (request) =>
    listing(request, 'machineType', shownTypes(request.project, request.variables['zone']!)),
  'machineTypes.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'machineType',
      request.project.world.zones.flatMap((zone) => shownTypes(request.project, zone)),
    ),
  'images.get': (request) => {
    const { project, variables } = request
    const image = project.image(project.id, `global/images/${variables['image']}`)
    return showImage(project, found(request, 'images', 'image', image))
  },
  'images.getFromFamily': (request) => {
    const { project, variables } = request
    const image = project.image(project.id, `global/images/family/${variables['family']}`)
    return showImage(project, found(request, 'images/family', 'family', image))
  },
  'images.list': (request) =>
    listing(
      request,
      'image',
      request.project.world.images.map((image) => showImage(request.project, image)),
    ),
  'networks.get': (request) => {
    const { project, variables } = request
    const network = project.world.networks.find((name) => name === variables['network'])
    return showNetwork(project, found(request, 'networks', 'network', network))
  },
  'networks.list': (request) =>
    listing(
      request,
      'network',
      request.project.world.networks.map((name) => showNetwork(request.project, name)),
    ),
  'subnetworks.get': (request) => {
    const { project, variables } = request
    const subnetwork = project.world.subnetworks.find(
      ({ name, region }) => name === variables['subnetwork'] && region === variables['region'],
    )
    return showSubnetwork(project, found(request, 'subnetworks', 'subnetwork', subnetwork))
  },
  'subnetworks.list': (request) =>
    listing(
      request,
      'subnetwork',
      request.project.world.subnetworks
        .filter(({ region }) => region === request.variables['region'])
        .map((one) => showSubnetwork(request.project, one)),
    ),
  'subnetworks.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'subnetwork',
      request.project.world.subnetworks.map((one) => showSubnetwork(request.project, one)),
    ),
  'healthChecks.get': (request) => showHealthCheck(request.project, findHealthCheck(request)),
  'healthChecks.list': (request) =>
    listing(
      request,
      'healthCheck',
      request.project.healthChecks.readAll().map((one) => showHealthCheck(request.project, one)),
    ),
  'healthChecks.insert': insertHealthCheck,
  'healthChecks.delete': deleteHealthCheck,
}

function found<T>(request: GcpRequest, collection: string, variable: string, thing: T | undefined): T {
  if (thing !== undefined) return thing
  const path = `${scopeOfRequest(request)}/${collection}/${request.variables[variable]}`
  throw notFound(`projects/${request.project.id}/${path}`)
}

/** Lists of zones and regions belong to no scope. */
function globalListing(request: GcpRequest, kind: string, items: readonly object[]): object {
  const collection = `${kind}s`
  const { project } = request
  return {
    ...listing(request, kind, items),
    id: `projects/${project.id}/${collection}`,
    selfLink: project.link(collection),
  }
}

function shownTypes(project: Project, zone: string) {
  return [...project.machineTypes.values()].map((type) => showMachineType(project, zone, type))
}

function showProject(project: Project): object {
  const quota = (metric: string, usage: number) => ({ metric, limit: project.quotas.get(metric) ?? 1000, usage })
  return {
    kind: 'compute#project',
    id: project.number,
    name: project.id,
    creationTimestamp: timestamp(Date.UTC(2020, 0, 1)),
    commonInstanceMetadata: { kind: 'compute#metadata', fingerprint: '42WmSpB8rSM=' },
    defaultServiceAccount: `${project.number}-compute@developer.gserviceaccount.com`,
    defaultNetworkTier: 'PREMIUM',
    xpnProjectStatus: 'UNSPECIFIED_XPN_PROJECT_STATUS',
    quotas: [
      quota('INSTANCE_TEMPLATES', project.templates.values().length),
      quota('INSTANCE_GROUP_MANAGERS', project.groups.values().filter((group) => !group.regional).length),
    ],
    selfLink: project.link('').replace(/\/$/, ''),
  }
}

function findHealthCheck({ project, variables }: GcpRequest): GcpHealthCheck {
  const path = `global/healthChecks/${variables['healthCheck']}`
  const check = project.healthChecks.read(path)
  if (!check) throw notFound(`projects/${project.id}/${path}`)
  return check
}

function insertHealthCheck({ project, body, user }: GcpRequest): object {
  const { name } = body as { name?: string }
  if (name === undefined) throw missing('resource.name')
  checkName('resource.name', name)
  const path = `global/healthChecks/${name}`
  if (project.healthChecks.get(path)) {
    throw new GcpError(409, 'alreadyExists', `The resource 'projects/${project.id}/${path}' already exists`)
  }
  const id = numericId(project)
  const operation = openOperation(project, { type: 'insert', target: path, targetId: id, user })
  const healthCheck = { path, id, created: project.clock.now(), body: body as Record<string, unknown> }
  runOperation(project, operation, { do: 'insertHealthCheck', healthCheck })
  return showOperation(project, operation)
}

function deleteHealthCheck(request: GcpRequest): object {
  const { project, user } = request
  const { path, id } = findHealthCheck(request)
  const holder = project.groups
    .values()
    .find(({ resource }) => resource.autoHealingPolicies?.some(({ healthCheck }) => healthCheck?.endsWith(path)))
  if (holder) {
    throw new GcpError(
      400,
      'resourceInUseByAnotherResource',
      `The health_check resource 'projects/${project.id}/${path}' is already being used by 'projects/${project.id}/${holder.path}'`,
    )
  }
  const operation = openOperation(project, { type: 'delete', target: path, targetId: id, user })
  runOperation(project, operation, { do: 'deleteHealthCheck', path })
  return showOperation(project, operation)
}
