import type { Action, CreateGroup, CreateTemplate, RemoveInstances } from '../../actions.ts'
import type { Capabilities } from '../../capabilities.ts'
import { ProviderError } from '../../errors.ts'
import type { ActionResult } from '../../infra-machine-pool.ts'
import type { Io } from '../../io.ts'
import type { JsonObject, JsonValue } from '../../json.ts'
import type { InstanceKey } from '../../instance.ts'
import type { PoolRef } from '../../pool.ts'
import type { CloudConnection, InstanceName, WriteAnswer } from '../memory-cloud/connection.ts'
import { callCloud } from './cloud-calls.ts'
import { groupName, ownerMark, ownershipOf, ownerTag, revisionTag } from './marks.ts'
import type { ReferenceSpec } from './spec.ts'

interface Execution {
  readonly connection: CloudConnection
  readonly capabilities: Capabilities
  readonly pool: PoolRef<ReferenceSpec>
  readonly io: Io
}

/** One idempotent write. */
export async function execute(execution: Execution, action: Action): Promise<ActionResult> {
  await checkOwner(execution, action)
  const answer = await write(execution, action)
  if (answer?.operation === undefined) return { status: 'done' }
  return {
    status: 'started',
    operation: {
      id: answer.operation,
      action: action.type,
      idempotencyKey: action.idempotencyKey,
      startedAt: execution.io.clock.now(),
      instances: action.type === 'RemoveInstances' ? action.instances : [],
      handle: { operation: answer.operation },
    },
  }
}

/** The group may have changed hands since it was observed. */
async function checkOwner({ connection, pool, io }: Execution, action: Action): Promise<void> {
  if (action.type === 'CreateTemplate' || action.type === 'DeleteTemplate') return
  const [group] = await callCloud(io, (signal) => connection.getGroups([groupName(pool)], signal))
  if (!group) return
  const owner = ownershipOf(pool, group)
  if (owner === 'ours' || (owner === 'adoptable' && action.type === 'Tag')) return
  throw new ProviderError({
    code: 'Conflict',
    reason: 'NameConflict',
    message: `Group ${group.name} is not of this pool.`,
  })
}

async function write(execution: Execution, action: Action): Promise<WriteAnswer | void> {
  const { connection, pool, io } = execution
  const name = groupName(pool)
  const key = action.idempotencyKey
  const call = <T>(made: (signal: AbortSignal) => Promise<T>): Promise<T> => callCloud(io, made)
  switch (action.type) {
    case 'CreateTemplate':
      return createTemplate(execution, action)
    case 'StampTemplate': {
      const tags = { [revisionTag]: action.revision, [ownerTag]: ownerMark(pool) }
      return call((signal) => connection.tagTemplate(action.template, tags, signal))
    }
    case 'DeleteTemplate':
      return unlessGone(call((signal) => connection.deleteTemplate(action.template, signal)))
    case 'CreateGroup':
      return createGroup(execution, action)
    case 'UpdateGroup':
      return updateGroup(execution, action)
    case 'Resize':
      return call((signal) => connection.resize(name, action.to, key, signal))
    case 'RemoveInstances':
      return unlessGone(removeInstances(execution, action))
    case 'ReleaseInstance':
      return releaseInstance(execution, action.instance)
    case 'ExtendHold':
      return call((signal) => connection.extendHold(nameOf(action.instance), signal))
    case 'SetHold':
      return call((signal) => connection.setHold(name, action.enabled ? ownerMark(pool) : undefined, signal))
    case 'StartRollout':
      return call((signal) => connection.startRollout(name, key, signal))
    case 'CancelRollout':
      return call((signal) => connection.cancelRollout(name, action.rollout, signal))
    case 'Tag':
      return call((signal) => connection.tagGroup(action.resource, action.set, action.remove, signal))
    case 'DeleteGroup':
      return unlessGone(call((signal) => connection.deleteGroup(name, key, signal)))
    case 'PutResource':
    case 'DeleteLeftover':
      throw unsupported(`There is nothing of kind ${action.kind} in this cloud.`)
  }
}

/** Removing what is already gone is success. */
async function unlessGone(work: Promise<WriteAnswer | void>): Promise<WriteAnswer | void> {
  try {
    return await work
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'NotFound') return undefined
    throw error
  }
}

function unsupported(message: string): ProviderError {
  return new ProviderError({ code: 'Unsupported', message })
}

function nameOf(instance: InstanceKey): InstanceName {
  return {
    name: instance.providerID.slice(instance.providerID.lastIndexOf('/') + 1),
    incarnation: instance.incarnation,
  }
}

/** A parameter that `plan` put there as text. */
function text(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  throw new ProviderError({ code: 'Internal', message: `An action has ${typeof value} where text belongs.` })
}

async function createTemplate({ connection, io }: Execution, action: CreateTemplate): Promise<void> {
  const { image, instanceType, bootstrapHash, tags } = action.parameters
  await callCloud(io, (signal) =>
    connection.createTemplate(
      {
        image: text(image),
        instanceType: text(instanceType),
        userDataHash: text(bootstrapHash),
        userData: action.bootstrap,
        tags: tags as Record<string, string>,
        token: action.idempotencyKey,
      },
      signal,
    ),
  )
}

/** The id of the template that an earlier action made. */
async function templateId({ connection, capabilities, pool, io }: Execution, parameters: JsonObject): Promise<string> {
  const tags = { [ownerTag]: ownerMark(pool), [revisionTag]: text(parameters['revision']) }
  const templates = await callCloud(io, (signal) => connection.listTemplates(tags, signal))
  const exact = templates.find(({ userDataHash }) => userDataHash === parameters['bootstrapHash'])
  // Where content makes no template of its own, any of the revision will do.
  const template = exact ?? (capabilities.cloudRollout === 'always' ? templates[0] : undefined)
  if (template) return template.id
  throw new ProviderError({
    code: 'NotFound',
    reason: 'TemplateNotFound',
    message: `The template of revision ${text(parameters['revision'])} is not there, or not visible yet.`,
  })
}

async function createGroup(execution: Execution, action: CreateGroup): Promise<WriteAnswer | void> {
  const { connection, pool, io } = execution
  const { parameters } = action
  const template = await templateId(execution, parameters)
  const group = {
    name: groupName(pool),
    // The mark is set by the same write, so that no moment has a group without an owner (R2).
    tags: { ...pool.spec.tags, [ownerTag]: ownerMark(pool) },
    template,
    desired: action.size,
    min: Number(parameters['min']),
    max: Number(parameters['max']),
    zones: pool.spec.zones ?? ['a', 'b', 'c'],
    token: action.idempotencyKey,
  }
  try {
    return await callCloud(io, (signal) => connection.createGroup(group, signal))
  } catch (error) {
    if (!ProviderError.is(error) || error.code !== 'AlreadyExists') throw error
    // Ours: an earlier attempt made it and its answer was lost. Anybody else's stays an error.
    const [existing] = await callCloud(io, (signal) => connection.getGroups([group.name], signal))
    if (existing && ownershipOf(pool, existing) === 'ours') return undefined
    throw error
  }
}

async function updateGroup(execution: Execution, action: Action): Promise<WriteAnswer> {
  const { connection, pool, io } = execution
  const { parameters } = action
  const template = parameters['revision'] === undefined ? undefined : await templateId(execution, parameters)
  const change = {
    min: Number(parameters['min']),
    max: Number(parameters['max']),
    ...(parameters['zones'] === undefined ? {} : { zones: parameters['zones'] as string[] }),
    ...(template === undefined ? {} : { template }),
  }
  return callCloud(io, (signal) => connection.updateGroup(groupName(pool), change, action.idempotencyKey, signal))
}

async function removeInstances(execution: Execution, action: RemoveInstances): Promise<WriteAnswer> {
  const { connection, capabilities, pool, io } = execution
  if (!capabilities.removeChosen) throw unsupported('Instances cannot be chosen; change the size instead.')
  const shrink = !action.keepSize || capabilities.removeKeepingSize === 'twoWrites'
  const options = { shrink, token: action.idempotencyKey }
  const instances = action.instances.map(nameOf)
  return callCloud(io, (signal) => connection.removeInstances(groupName(pool), instances, options, signal))
}

async function releaseInstance({ connection, io }: Execution, instance: InstanceKey): Promise<void> {
  const wanted = nameOf(instance)
  const current = await callCloud(io, (signal) => connection.getInstance(wanted.name, signal))
  // Released before, or its time ran out.
  if (!current || (current.incarnation === wanted.incarnation && current.state === 'terminating')) return
  await callCloud(io, (signal) => connection.releaseHold(wanted, signal))
}
