import { autoscale } from '../autoscalers/autoscale.ts'
import { wake } from '../groups/engine.ts'
import type { Project } from '../state.ts'
import type { OperationFailure, OperationWork } from './state.ts'

/** Does what an operation was for, at its end. The answer is its failure, if any. */
export function perform(project: Project, work: OperationWork): OperationFailure | undefined {
  switch (work.do) {
    case 'nothing':
      return undefined
    case 'fail':
      return work.failure
    case 'insertTemplate': {
      const template = project.templates.get(work.path)
      if (template) project.templates.put(work.path, { ...template, ready: true })
      return undefined
    }
    case 'deleteTemplate':
      project.templates.delete(work.path)
      return undefined
    case 'insertGroup': {
      const group = project.groups.get(work.path)
      if (group) project.groups.put(work.path, { ...group, ready: true })
      wake(project, work.path)
      return undefined
    }
    case 'setNamedPorts': {
      const group = project.groups.get(work.path)
      const { namedPorts } = work
      if (group) project.groups.put(work.path, { ...group, resource: { ...group.resource, namedPorts } })
      return undefined
    }
    case 'insertAutoscaler': {
      const { autoscaler } = work
      const { path, target } = autoscaler
      project.autoscalers.put(path, autoscaler)
      autoscale(project, target, project.groups.get(target)?.resource.targetSize ?? 0)
      return undefined
    }
    case 'deleteAutoscaler':
      project.autoscalers.delete(work.path)
      return undefined
    case 'insertHealthCheck':
      project.healthChecks.put(work.healthCheck.path, work.healthCheck)
      return undefined
    case 'deleteHealthCheck':
      project.healthChecks.delete(work.path)
      return undefined
  }
}
