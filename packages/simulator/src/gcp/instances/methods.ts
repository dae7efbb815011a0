import type { GcpRequest, MethodHandlers } from '../call.ts'
import { notFound } from '../error.ts'
import { aggregatedListing, listing } from '../listing.ts'
import { openOperation, showOperation, startOperation } from '../operations/operations.ts'
import { runOperation } from '../operations/run.ts'
import type { GcpInstance, Project } from '../state.ts'
import { completeWhenGone } from './deletion.ts'
import { stopInstance } from './lifecycle.ts'
import { showInstance } from './show.ts'

/** Console output by provider ID. */
export type Console = (instance: GcpInstance) => readonly string[]

export function instanceMethods(console: (project: Project) => Console): MethodHandlers {
  return {
    'instances.get': (request) => showInstance(request.project, find(request)),
    'instances.list': (request) =>
      listing(
        request,
        'instance',
        request.project.instances
          .readAll()
          .filter(({ zone }) => zone === request.variables['zone'])
          .map((instance) => showInstance(request.project, instance)),
      ),
    'instances.aggregatedList': (request) =>
      aggregatedListing(
        request,
        'instance',
        request.project.instances.readAll().map((instance) => showInstance(request.project, instance)),
      ),
    'instances.delete': deleteInstance,
    'instances.getSerialPortOutput': (request) => {
      const instance = find(request)
      const contents = console(request.project)(instance)
        .map((line) => `${line}\n`)
        .join('')
      const next = String(Buffer.byteLength(contents))
      const selfLink = `${request.project.link(instance.path)}/serialPort`
      return { kind: 'compute#serialPortOutput', contents, start: '0', next, selfLink }
    },
  }
}

function find({ project, variables }: GcpRequest): GcpInstance {
  const path = `zones/${variables['zone']}/instances/${variables['instance']}`
  const instance = project.instances.read(path)
  if (!instance) throw notFound(`projects/${project.id}/${path}`)
  return instance
}

function deleteInstance(request: GcpRequest): object {
  const { project, user } = request
  const { path, id } = find(request)
  const operation = openOperation(project, { type: 'delete', target: path, targetId: id, user })
  const current = project.instances.get(path)
  if (current?.id !== id) {
    runOperation(project, operation, { do: 'nothing' })
    return showOperation(project, operation)
  }
  completeWhenGone(project, operation)
  startOperation(project, operation.path)
  const shown = showOperation(project, project.operations.get(operation.path)!)
  stopInstance(project, path, false)
  return shown
}
