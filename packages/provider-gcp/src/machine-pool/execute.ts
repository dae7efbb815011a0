import {
  ProviderError,
  type Action,
  type ActionResult,
  type ErrorCode,
  type InstanceKey,
  type PoolRef,
} from '@machinepool/contract'
import { isObject, startedOperation } from '@machinepool/provider-kit'

import { groupKey } from '../compute/group-reads.ts'
import { outcomeOf, type OperationHandle } from '../compute/long-operations.ts'
import type { BodyOf } from '../compute/methods.ts'
import type { RequestIds } from '../compute/request-ids.ts'
import type { AttachedDisk, InstanceProperties, InstanceTemplate, Operation } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { withSuppliedKeys } from './disks.ts'
import type { FindContext } from './find-group.ts'
import { instancePath, parseGroupProviderID, parseInstanceLink } from './group-ref.ts'
import { userDataKey, withInputOnly } from './instance-template.ts'
import { isSamePool, ownerByMark, parseMark } from './marks.ts'
import { plannedCall, type PlannedCall } from './requests.ts'
import { instanceState } from './instance-state.ts'

type Pool = PoolRef<GCPMachinePoolSpec>
type ActionOf<Type extends Action['type']> = Extract<Action, { readonly type: Type }>

export interface ExecuteContext extends FindContext {
  readonly requestIds: RequestIds
}

const done: ActionResult = { status: 'done' }

/** Sends one planned write. Google goes on by itself; the operation is handed to the engine (R16). */
export async function execute(pool: Pool, action: Action, context: ExecuteContext): Promise<ActionResult> {
  switch (action.type) {
    case 'CreateTemplate':
      return createTemplate(pool, action, context)
    case 'StampTemplate':
      return stampTemplate(pool, action, context)
    case 'DeleteTemplate':
      return deleteTemplate(pool, action, context)
    case 'CreateGroup':
      return createGroup(pool, action, context)
    case 'RemoveInstances':
      return removeInstances(pool, action, context)
    case 'UpdateGroup':
    case 'Resize':
    case 'StartRollout':
    case 'CancelRollout':
    case 'Tag':
      await requireOwnGroup(pool, plannedCall(action.parameters), context)
      return changeGroup(pool, action, context)
    case 'DeleteGroup':
      return deleteGroup(pool, action, context)
    case 'ReleaseInstance':
    case 'ExtendHold':
    case 'SetHold':
    case 'PutResource':
    case 'DeleteLeftover':
      throw new ProviderError({
        code: 'Unsupported',
        message: `GCPMachinePool has no ${action.type}: managed instance groups do not hold terminations, and leave nothing behind.`,
      })
  }
}

/**
 * One write. Errors that leave it open whether the write took effect keep its `requestId` for the next attempt; any other
 * answer settles it.
 */
async function send(action: Action, call: PlannedCall, context: ExecuteContext, body = call.body): Promise<Operation> {
  const { project, requestIds, io } = context
  const once = action.type === 'RemoveInstances'
  const requestId = requestIds.of(action.idempotencyKey, once)
  try {
    const operation: Operation = await project.call(
      call.method,
      {
        scope: call.scope,
        name: call.name,
        query: { ...call.query, requestId },
        ...(body === undefined ? {} : { body }),
      },
      io.signal,
    )
    if (!once) requestIds.answered(action.idempotencyKey)
    return operation
  } catch (error) {
    if (!ProviderError.is(error) || !open.has(error.code)) requestIds.answered(action.idempotencyKey)
    throw error
  }
}

/** Nobody knows whether the write took effect. */
const open: ReadonlySet<ErrorCode> = new Set(['Unavailable', 'Throttled', 'Internal'])

/** What the answer means: over, failed, or going on. */
function resultOf(action: Action, call: PlannedCall, operation: Operation, context: ExecuteContext): ActionResult {
  const outcome = outcomeOf(operation, call.method)
  if (!outcome.done) {
    const handle: OperationHandle = {
      name: operation.name ?? '',
      scope: call.scope,
      method: call.method,
      resource: call.name,
    }
    return startedOperation(action, { clock: context.io.clock, handle: { ...handle } })
  }
  if (outcome.error === undefined) return done
  // The same request would be answered with the same old failure.
  context.requestIds.answered(action.idempotencyKey)
  throw outcome.error
}

async function createTemplate(
  pool: Pool,
  action: ActionOf<'CreateTemplate'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const call = plannedCall(action.parameters)
  const template: InstanceTemplate = call.body ?? {}
  const properties = withSecrets(template.properties ?? {}, pool.spec, action.bootstrap?.reveal())
  return insertTemplate(pool, action, { ...template, properties }, context)
}

/** The only place where secrets go into a request. */
function withSecrets(
  properties: InstanceProperties,
  spec: GCPMachinePoolSpec,
  userData: string | undefined,
): InstanceProperties {
  const items = [
    ...(properties.metadata?.items ?? []),
    ...(userData === undefined ? [] : [{ key: userDataKey, value: userData }]),
  ]
  const disks: readonly AttachedDisk[] = properties.disks ?? []
  return { ...properties, metadata: { items }, disks: withSuppliedKeys(disks, spec) }
}

/** The live template once more, whole, under a name and with a mark of ours. */
async function stampTemplate(
  pool: Pool,
  action: ActionOf<'StampTemplate'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const { project, io } = context
  const { properties } = await project.call('instanceTemplates.get', { name: action.template }, io.signal)
  const template: InstanceTemplate = plannedCall(action.parameters).body ?? {}
  return insertTemplate(pool, action, { ...template, properties: withInputOnly(properties ?? {}, pool.spec) }, context)
}

async function insertTemplate(
  pool: Pool,
  action: ActionOf<'CreateTemplate' | 'StampTemplate'>,
  body: BodyOf<'instanceTemplates.insert'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const { project, readers, io } = context
  const call = plannedCall(action.parameters)
  try {
    return resultOf(action, call, await send(action, call, context, body), context)
  } catch (error) {
    if (!isCode(error, 'AlreadyExists')) throw error
    // An earlier attempt made it and its answer was lost, or the name is somebody else's.
    const { description } = await project.call('instanceTemplates.get', { name: call.name }, io.signal)
    if (ownerByMark(pool, parseMark(description)) !== 'ours') throw error
    return done
  } finally {
    readers.changed.templates(project, pool)
  }
}

async function deleteTemplate(
  pool: Pool,
  action: ActionOf<'DeleteTemplate'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const { project, readers } = context
  const call = plannedCall(action.parameters)
  try {
    return resultOf(action, call, await send(action, call, context), context)
  } catch (error) {
    if (isCode(error, 'NotFound')) return done
    if (!isCode(error, 'InProgress')) throw error
    // Something still uses it. No trouble of the pool's: it is tried again later.
    readers.changed.templateInUse(project, call.name)
    return done
  } finally {
    readers.changed.templates(project, pool)
  }
}

async function createGroup(
  pool: Pool,
  action: ActionOf<'CreateGroup'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const call = plannedCall(action.parameters)
  try {
    return await changeGroup(pool, action, context)
  } catch (error) {
    if (!isCode(error, 'AlreadyExists')) throw error
    if (!(await isOwnGroup(pool, call, context, 0))) throw error
    return done
  }
}

async function deleteGroup(
  pool: Pool,
  action: ActionOf<'DeleteGroup'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const call = plannedCall(action.parameters)
  const { value = [] } = await context.readers.group(context.project, keyOf(call), {
    ...context.io,
    maxAgeMs: planAgeMs,
  })
  if (value.length === 0) return done
  await requireOwnGroup(pool, call, context)
  try {
    return await changeGroup(pool, action, context)
  } catch (error) {
    if (isCode(error, 'NotFound')) return done
    throw error
  }
}

async function changeGroup(
  _pool: Pool,
  action: Action,
  context: ExecuteContext,
  body = plannedCall(action.parameters).body,
): Promise<ActionResult> {
  const call = plannedCall(action.parameters)
  try {
    return resultOf(action, call, await send(action, call, context, body), context)
  } finally {
    context.readers.changed.group(context.project, keyOf(call))
  }
}

function keyOf({ scope, name }: PlannedCall): string {
  return groupKey(scope, name)
}

/** The plan was made from an observation of this age at most, so that no call is needed in the usual case. */
const planAgeMs = 10_000

async function isOwnGroup(pool: Pool, call: PlannedCall, context: ExecuteContext, maxAgeMs: number): Promise<boolean> {
  const { project, readers, io } = context
  const { value } = await readers.group(project, keyOf(call), { ...io, maxAgeMs })
  const [found] = value ?? []
  if (found === undefined) return false
  const mark = parseMark(found.group.description)
  if (ownerByMark(pool, mark) === 'ours') return true
  const recorded = parseGroupProviderID(pool.recorded.providerID)
  const isRecorded = recorded?.scope === call.scope && recorded.name === call.name
  return mark === undefined ? isRecorded || pool.adopt : isRecorded && isSamePool(pool, mark)
}

/** A group that was replaced by somebody else's since the plan must not be touched. */
async function requireOwnGroup(pool: Pool, call: PlannedCall, context: ExecuteContext): Promise<void> {
  if (await isOwnGroup(pool, call, context, planAgeMs)) return
  throw new ProviderError({
    code: 'Conflict',
    reason: 'GroupChanged',
    message: `Managed instance group ${call.name} is gone, or belongs to somebody else by now.`,
  })
}

/**
 * Removes exactly the named lives. Names come back: what is there now is asked for just before, and another life under one
 * of the names makes the removal a Conflict.
 */
async function removeInstances(
  pool: Pool,
  action: ActionOf<'RemoveInstances'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const { project, readers, io } = context
  const call = plannedCall(action.parameters)
  await requireOwnGroup(pool, call, context)
  const { value } = await readers.managed(project, keyOf(call), { ...io, maxAgeMs: 0 })
  const there = new Map((value?.managed ?? []).map((managed) => [pathOf(managed.instance), managed] as const))
  const remaining = action.instances.filter((instance) => {
    const managed = there.get(instancePath(instance.providerID))
    if (managed === undefined || instanceState(managed) === 'Terminating') return false
    if (lifeOf(instance) !== managed.id) throw anotherLife(instance)
    return true
  })
  if (remaining.length === 0) return done
  const body = isObject(call.body) ? call.body : {}
  return changeGroup(pool, action, context, {
    ...body,
    instances: remaining.map(({ providerID }) => instancePath(providerID)),
  })
}

function pathOf(link: string | undefined): string {
  const ref = parseInstanceLink(link)
  return ref === undefined ? '' : `projects/${ref.project}/zones/${ref.zone}/instances/${ref.name}`
}

/** The numeric id; `undefined` for an instance that did not exist yet when it was chosen. */
function lifeOf({ incarnation }: InstanceKey): string | undefined {
  return /^\d+$/.test(incarnation) ? incarnation : undefined
}

function anotherLife({ providerID }: InstanceKey): ProviderError {
  return new ProviderError({
    code: 'Conflict',
    reason: 'InstanceReplaced',
    message: `${providerID} is another instance by now: it was re-created under the same name.`,
  })
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return ProviderError.is(error) && error.code === code
}
