import type { Project } from '../state.ts'
import { completeOperation, startOperation } from './operations.ts'
import type { GcpOperation, OperationWork } from './state.ts'
import { perform } from './work.ts'

/** Lets an operation run for its usual time and does its work at the end. */
export function runOperation(
  project: Project,
  operation: GcpOperation,
  work: OperationWork,
  ms = project.timings.operation,
) {
  const { clock, operations } = project
  const { path } = operation
  operations.put(path, { ...operation, work })
  clock.after(ms / 3, () => startOperation(project, path))
  clock.after(ms, () => completeOperation(project, path, perform(project, work)))
}

/** The operation of something that a group has been told to do, which it does in its own time. */
export function scheduled(project: Project, operation: GcpOperation): GcpOperation {
  const { scheduling } = project.timings
  if (scheduling === 0) return completeOperation(project, operation.path)
  runOperation(project, operation, { do: 'nothing' }, scheduling)
  return operation
}
