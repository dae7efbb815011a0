import { scopeOf } from '../reference.ts'
import type { Project } from '../state.ts'
import type { Shown } from '../shown.ts'
import { timestamp } from '../time.ts'
import type { GcpOperation, OperationFailure } from './state.ts'

export interface OperationRequest {
  readonly type: string
  readonly target: string
  readonly targetId: string
  readonly user: string
}

/** Begins an operation; it is pending until somebody starts or completes it. */
export function openOperation(project: Project, { type, target, targetId, user }: OperationRequest): GcpOperation {
  const { ids, clock } = project
  const name = `operation-${clock.now()}-${ids.hex(13)}-${ids.hex(8)}-${ids.hex(8)}`
  const operation: GcpOperation = {
    path: `${scopeOf(target)}/operations/${name}`,
    name,
    id: numericId(project),
    type,
    target,
    targetId,
    user,
    inserted: clock.now(),
    status: 'PENDING',
  }
  project.operations.put(operation.path, operation)
  return operation
}

export function startOperation(project: Project, path: string) {
  const operation = project.operations.get(path)
  if (operation?.status !== 'PENDING') return
  project.operations.put(path, { ...operation, status: 'RUNNING', started: project.clock.now() })
}

/** Ends an operation; it can be asked for a while longer. */
export function completeOperation(project: Project, path: string, failure?: OperationFailure): GcpOperation {
  const { operations, operationListeners, clock, timings } = project
  const { work: _work, ...operation } = operations.get(path)!
  const now = clock.now()
  const done: GcpOperation = {
    ...operation,
    status: 'DONE',
    started: operation.started ?? now,
    ended: now,
    ...(failure && { failure }),
  }
  operations.put(path, done)
  for (const listener of operationListeners.get(path) ?? []) listener()
  operationListeners.delete(path)
  forgetLater(project, path, timings.operationVisible)
  return done
}

/** An operation that has ended can be asked for a while longer; after that a repeated request is a new one. */
export function forgetLater({ clock, operations, requests }: Project, path: string, ms: number) {
  clock.after(ms, () => {
    operations.delete(path)
    for (const { intent, operation } of requests.values()) if (operation === path) requests.delete(intent)
  })
}

export function showOperation(project: Project, operation: GcpOperation): Shown {
  const { path, name, id, type, target, targetId, user, status, failure } = operation
  const [kind, place] = scopeOf(path).split('/')
  return {
    kind: 'compute#operation',
    id,
    name,
    ...(kind === 'zones' && { zone: project.link(`zones/${place}`) }),
    ...(kind === 'regions' && { region: project.link(`regions/${place}`) }),
    operationType: type,
    targetLink: project.link(target),
    targetId,
    status,
    user,
    progress: status === 'DONE' ? 100 : 0,
    insertTime: timestamp(operation.inserted),
    ...(operation.started !== undefined && { startTime: timestamp(operation.started) }),
    ...(operation.ended !== undefined && { endTime: timestamp(operation.ended) }),
    ...(failure && {
      error: { errors: [{ code: failure.code, message: failure.message }] },
      httpErrorStatusCode: failure.status,
      httpErrorMessage: failure.statusText,
    }),
    selfLink: project.link(path),
  }
}

/** A 64-bit number as the API writes it: in a string. */
export function numericId({ ids }: Project): string {
  return String((BigInt(`0x${ids.hex(15)}`) % 8_000_000_000_000_000_000n) + 1_000_000_000_000_000_000n)
}
