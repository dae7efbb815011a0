import { sameScope, scopeOfRequest, type GcpRequest, type MethodHandler, type MethodHandlers } from '../call.ts'
import { GcpError, invalidValue, missing, notFound } from '../error.ts'
import { aggregatedListing, listing } from '../listing.ts'
import { checkName } from '../names.ts'
import { numericId, openOperation, showOperation } from '../operations/operations.ts'
import { runOperation } from '../operations/run.ts'
import { parseReference, scopeOf } from '../reference.ts'
import type { Shown } from '../shown.ts'
import type { GcpAutoscaler } from './state.ts'
import type { Project } from '../state.ts'
import { timestamp } from '../time.ts'

const common: Readonly<Record<string, MethodHandler>> = {
  insert,
  get: (request) => showAutoscaler(request.project, find(request)),
  list: (request) => {
    const scope = scopeOfRequest(request)
    const own = request.project.autoscalers.readAll().filter(({ path }) => sameScope(scope, path))
    return listing(
      request,
      request.id.startsWith('region') ? 'regionAutoscaler' : 'autoscaler',
      own.map((autoscaler) => showAutoscaler(request.project, autoscaler)),
    )
  },
  delete: remove,
}

export const autoscalerMethods: MethodHandlers = {
  ...Object.fromEntries(
    Object.entries(common).flatMap(([name, handler]) => [
      [`autoscalers.${name}`, handler],
      [`regionAutoscalers.${name}`, handler],
    ]),
  ),
  'autoscalers.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'autoscaler',
      request.project.autoscalers.readAll().map((autoscaler) => showAutoscaler(request.project, autoscaler)),
    ),
}

function find(request: GcpRequest): GcpAutoscaler {
  const { project, variables } = request
  const path = `${scopeOfRequest(request)}/autoscalers/${variables['autoscaler']}`
  const autoscaler = project.autoscalers.read(path)
  if (!autoscaler) throw notFound(`projects/${project.id}/${path}`)
  return autoscaler
}

interface AutoscalerBody {
  readonly name: string
  readonly description?: string
  readonly target?: string
  readonly autoscalingPolicy?: GcpAutoscaler['policy']
}

function insert(request: GcpRequest): object {
  const { project, user } = request
  const { name, target, autoscalingPolicy: policy, description } = request.body as AutoscalerBody
  if (name === undefined) throw missing('resource.name')
  checkName('resource.name', name)
  if (target === undefined) throw missing('resource.target')
  if (policy?.maxNumReplicas === undefined) throw missing('resource.autoscalingPolicy.maxNumReplicas')
  const path = `${scopeOfRequest(request)}/autoscalers/${name}`
  if (project.autoscalers.get(path)) {
    throw new GcpError(409, 'alreadyExists', `The resource 'projects/${project.id}/${path}' already exists`)
  }
  const group = parseReference(target).path
  if (!project.groups.get(group)) throw notFound(`projects/${project.id}/${group}`)
  if (project.autoscalers.values().some((one) => one.target === group)) {
    throw invalidValue('resource.target', target, 'The group already has an autoscaler.')
  }
  const autoscaler: GcpAutoscaler = {
    path,
    name,
    id: numericId(project),
    created: project.clock.now(),
    target: group,
    ...(description !== undefined && { description }),
    policy,
  }
  const operation = openOperation(project, {
    type: 'compute.autoscalers.insert',
    target: path,
    targetId: autoscaler.id,
    user,
  })
  runOperation(project, operation, { do: 'insertAutoscaler', autoscaler })
  return showOperation(project, operation)
}

function remove(request: GcpRequest): object {
  const { project, user } = request
  const { path, id } = find(request)
  const operation = openOperation(project, { type: 'compute.autoscalers.delete', target: path, targetId: id, user })
  runOperation(project, operation, { do: 'deleteAutoscaler', path })
  return showOperation(project, operation)
}

function showAutoscaler(project: Project, autoscaler: GcpAutoscaler): Shown {
  const { path, description, target } = autoscaler
  const [kind, place] = scopeOf(path).split('/')
  return {
    kind: 'compute#autoscaler',
    id: autoscaler.id,
    name: autoscaler.name,
    creationTimestamp: timestamp(autoscaler.created),
    ...(description !== undefined && { description }),
    ...(kind === 'zones' ? { zone: project.link(`zones/${place}`) } : { region: project.link(`regions/${place}`) }),
    target: project.link(target),
    autoscalingPolicy: { minNumReplicas: 2, coolDownPeriodSec: 60, mode: 'ON', ...autoscaler.policy },
    status: 'ACTIVE',
    recommendedSize: project.groups.get(target)?.resource.targetSize ?? 0,
    selfLink: project.link(path),
  }
}
