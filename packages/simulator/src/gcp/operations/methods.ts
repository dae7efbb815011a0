import { scopeOfRequest, type GcpRequest, type MethodHandler, type MethodHandlers } from '../call.ts'
import { notFound } from '../error.ts'
import { aggregatedListing, listing } from '../listing.ts'
import { scopeOf } from '../reference.ts'
import { showOperation } from './operations.ts'

/** `wait` answers after two minutes at the latest, whether the operation is done or not. */
const longestWait = 120_000

export const operationMethods: MethodHandlers = {
  ...Object.fromEntries(
    ['zoneOperations', 'regionOperations', 'globalOperations'].flatMap((resource): [string, MethodHandler][] => [
      [`${resource}.get`, (request) => showOperation(request.project, find(request))],
      [`${resource}.wait`, wait],
      [`${resource}.list`, list],
    ]),
  ),
  'globalOperations.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'operation',
      request.project.operations.values().map((operation) => showOperation(request.project, operation)),
    ),
}

function find({ project, variables, ...request }: GcpRequest) {
  const path = `${scopeOfRequest({ project, variables, ...request })}/operations/${variables['operation']}`
  const operation = project.operations.get(path)
  if (!operation) throw notFound(`projects/${project.id}/${path}`)
  return operation
}

async function wait(request: GcpRequest): Promise<object> {
  const { project } = request
  const { path, status } = find(request)
  if (status !== 'DONE') {
    await new Promise<void>((resolve) => {
      const listeners = project.operationListeners.get(path) ?? new Set()
      project.operationListeners.set(path, listeners)
      const cancel = project.clock.after(longestWait, resolve)
      listeners.add(() => {
        cancel()
        resolve()
      })
    })
  }
  return showOperation(project, project.operations.get(path)!)
}

function list(request: GcpRequest): object {
  const { project } = request
  const scope = scopeOfRequest(request)
  const own = project.operations.values().filter(({ path }) => scopeOf(path) === scope)
  return listing(
    request,
    'operation',
    own.map((operation) => showOperation(project, operation)),
  )
}
