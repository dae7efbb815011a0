import type { AutoScalingGroup, LifecycleHook } from '@aws-sdk/client-auto-scaling'
import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2'
import {
  ProviderError,
  type Action,
  type ActionResult,
  type ErrorCode,
  type Io,
  type JsonObject,
  type PoolRef,
} from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import { templateOf, versionOf } from '../aws/launch-templates.ts'
import type { OperationOf, OutputOf, Service } from '../aws/operations.ts'
import type { AwsReaders } from '../aws/readers.ts'
import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { LaunchTemplate } from './group-view.ts'
import { holdHook, holdHookName } from './hold.ts'
import type { StoredIgnition } from './ignition.ts'
import { instanceState } from './instance-state.ts'
import { ownerOfGroup } from './ownership.ts'
import { plannedCall } from './requests.ts'
import { encodeUserData, isIgnition } from './user-data.ts'

type Pool = PoolRef<AWSMachinePoolSpec>
type ActionOf<Type extends Action['type']> = Extract<Action, { readonly type: Type }>

export interface ExecuteContext {
  readonly session: AwsSession
  readonly readers: AwsReaders
  readonly io: Io
  /** Instances whose termination we have let go on; another hook may still hold them. */
  readonly released: Set<string>
}

const done: ActionResult = { status: 'done' }

/** Sends one planned write. What it tells is remembered, so that the next observation asks less. */
export async function execute(pool: Pool, action: Action, context: ExecuteContext): Promise<ActionResult> {
  switch (action.type) {
    case 'CreateTemplate':
      return createTemplate(action, context)
    case 'StampTemplate':
      return stampTemplate(action, context)
    case 'DeleteTemplate':
      return deleteTemplate(action, context)
    case 'RemoveInstances':
      return removeInstances(pool, action, context)
    case 'ReleaseInstance':
    case 'ExtendHold':
    case 'SetHold':
    case 'CreateGroup':
    case 'UpdateGroup':
    case 'Resize':
    case 'StartRollout':
    case 'CancelRollout':
    case 'DeleteGroup':
      return changeGroup(pool, action, context)
    case 'Tag':
      return tag(action, context)
    case 'PutResource':
    case 'DeleteLeftover':
      throw new ProviderError({
        code: 'Unsupported',
        message: `AWSMachinePool makes nothing of kind ${action.kind}.`,
      })
  }
}

/** The planner built the request for exactly this operation; `Action.parameters` has no room for its type. */
function send<S extends Service, O extends OperationOf<S>>(
  { session, io }: ExecuteContext,
  service: S,
  operation: O,
  request: JsonObject,
): Promise<OutputOf<S, O>> {
  return session.call(service, operation, request, io.signal)
}

async function createTemplate(action: ActionOf<'CreateTemplate'>, context: ExecuteContext): Promise<ActionResult> {
  const { operation, resource, request } = plannedCall(action.parameters)
  const data = action.bootstrap?.reveal()
  const stored = action.parameters['ignition'] as unknown as StoredIgnition | undefined
  if (stored !== undefined && data !== undefined) await storeIgnition(stored, data, context)
  const userData = stored === undefined ? data : JSON.stringify(stored.pointer)
  const LaunchTemplateData = {
    ...(request['LaunchTemplateData'] as JsonObject),
    ...(userData === undefined ? {} : { UserData: encodeUserData(userData, !isIgnition(userData)) }),
  }
  const made: VersionData = {
    VersionDescription: textAt(request, 'VersionDescription'),
    // The request's data has the answer's shape, and is not read back.
    LaunchTemplateData,
  }
  try {
    if (operation === 'CreateLaunchTemplate') {
      await createFirstVersion(resource, { ...request, LaunchTemplateData }, made, context)
    } else {
      const input = { ...request, LaunchTemplateData, ClientToken: action.idempotencyKey }
      await createNextVersion(resource, input, made, context)
    }
  } catch (error) {
    context.readers.known.templateChanged(context.session, resource)
    throw error
  }
  return done
}

/** Before the version that points to it. The same content has the same key, so that a repetition changes nothing. */
async function storeIgnition({ bucket, key }: StoredIgnition, data: string, context: ExecuteContext): Promise<void> {
  // Encrypted by the key of the account, as upstream asks for.
  const object = { Bucket: bucket, Key: key, Body: data, ServerSideEncryption: 'aws:kms' as const }
  await context.session.call('s3', 'PutObject', object, context.io.signal)
}

type VersionData = Pick<LaunchTemplateVersion, 'VersionDescription' | 'LaunchTemplateData'>

async function createFirstVersion(
  name: string,
  input: JsonObject,
  made: VersionData,
  context: ExecuteContext,
): Promise<void> {
  const { session, readers, io } = context
  const { LaunchTemplate } = await send(context, 'ec2', 'CreateLaunchTemplate', input)
  if (LaunchTemplate === undefined) return readers.known.templateChanged(session, name)
  const template = { ...templateOf(LaunchTemplate), tags: tagsIn(input) }
  const version = versionOf({ ...made, VersionNumber: 1, CreateTime: new Date(io.clock.now()) })
  readers.known.versions(session, template, [version])
  readers.known.template(session, name, template)
}

async function createNextVersion(
  name: string,
  input: JsonObject,
  data: VersionData,
  context: ExecuteContext,
): Promise<void> {
  const { session, readers, io } = context
  const before = await readers.template(session, name, io)
  const versions = before === undefined ? [] : await readers.versions(session, before, io)
  const { LaunchTemplateVersion: made } = await send(context, 'ec2', 'CreateLaunchTemplateVersion', input)
  if (before === undefined || made?.VersionNumber === undefined) return readers.known.templateChanged(session, name)
  const next = { ...before, latestVersion: made.VersionNumber }
  const version = versionOf({ ...made, ...data })
  readers.known.versions(session, next, [...versions.filter((item) => item.version !== version.version), version])
  readers.known.template(session, name, next)
}

function tagsIn(input: JsonObject): LaunchTemplate['tags'] {
  const specifications = input['TagSpecifications'] as unknown as readonly {
    Tags: readonly { Key: string; Value: string }[]
  }[]
  return Object.fromEntries(specifications.flatMap(({ Tags }) => Tags).map(({ Key, Value }) => [Key, Value]))
}

async function stampTemplate(action: ActionOf<'StampTemplate'>, context: ExecuteContext): Promise<ActionResult> {
  const { resource, request } = plannedCall(action.parameters)
  await send(context, 'ec2', 'CreateTags', request)
  context.readers.known.templateChanged(context.session, resource)
  return done
}

async function deleteTemplate(action: ActionOf<'DeleteTemplate'>, context: ExecuteContext): Promise<ActionResult> {
  const { session, readers, io } = context
  const { operation, resource, request } = plannedCall(action.parameters)
  // First what could not be found any more without the template (R4).
  await deleteObjects(action, context)
  if (operation === 'DeleteLaunchTemplate') {
    await ignoring(['NotFound'], send(context, 'ec2', 'DeleteLaunchTemplate', request))
    readers.known.template(session, resource, undefined)
    return done
  }
  const template = await readers.template(session, resource, io)
  const versions = template === undefined ? [] : await readers.versions(session, template, io)
  const defaultVersion = textAt(action.parameters, 'defaultVersion')
  if (template !== undefined && defaultVersion !== undefined) {
    const input = { LaunchTemplateId: template.id, DefaultVersion: defaultVersion }
    await send(context, 'ec2', 'ModifyLaunchTemplate', input)
    readers.known.template(session, resource, { ...template, defaultVersion: Number(defaultVersion) })
  }
  await ignoring(['NotFound'], send(context, 'ec2', 'DeleteLaunchTemplateVersions', request))
  const gone = new Set(request['Versions'] as readonly string[])
  if (template !== undefined) {
    readers.known.versions(
      session,
      template,
      versions.filter(({ version }) => !gone.has(String(version))),
    )
  }
  return done
}

/** A bucket that is gone took its objects along. */
async function deleteObjects({ parameters }: ActionOf<'DeleteTemplate'>, context: ExecuteContext): Promise<void> {
  const objects = parameters['objects'] as unknown as { bucket: string; keys: readonly string[] } | undefined
  if (objects === undefined) return
  for (const Key of objects.keys) {
    const object = { Bucket: objects.bucket, Key }
    await ignoring(['NotFound'], context.session.call('s3', 'DeleteObject', object, context.io.signal))
  }
}

/** Errors that say the write is in effect already, by action. */
const achieved: Partial<Record<Action['type'], readonly ErrorCode[]>> = {
  // No such lifecycle action: the instance went on.
  ReleaseInstance: ['Conflict', 'NotFound'],
  DeleteGroup: ['NotFound'],
  CancelRollout: ['NotFound'],
  // One is running: the next observation says which.
  StartRollout: ['InProgress'],
}

async function changeGroup(pool: Pool, action: Action, context: ExecuteContext): Promise<ActionResult> {
  const { session, readers } = context
  const { operation, resource, request } = plannedCall(action.parameters)
  if (action.type !== 'CreateGroup') await requireOwnGroup(pool, resource, context)
  try {
    await ignoring(
      achieved[action.type] ?? (action.type === 'SetHold' && !action.enabled ? ['NotFound'] : []),
      send(context, 'autoscaling', operation as OperationOf<'autoscaling'>, request),
    )
  } catch (error) {
    if (action.type !== 'CreateGroup' || !ProviderError.is(error) || error.code !== 'AlreadyExists') throw error
    readers.known.group(session, resource)
    if (!(await isOurs(pool, resource, context))) throw error
  } finally {
    readers.known.group(session, resource)
    if (action.type === 'StartRollout' || action.type === 'CancelRollout') readers.known.refreshes(session, resource)
  }
  if (action.type === 'CreateGroup') readers.known.hooks(session, resource, hooksIn(request))
  if (action.type === 'SetHold') await rememberHold(resource, action.enabled, context)
  // A hook of the spec: what the group has now is read once more.
  if (action.type === 'UpdateGroup' && operation.endsWith('LifecycleHook')) {
    readers.known.hooks(session, resource, undefined)
  }
  if (action.type === 'ReleaseInstance') rememberRelease(action.instance.incarnation, context.released)
  return done
}

/** More than ever wait at once; the oldest are gone by then. */
const rememberedReleases = 10_000

function rememberRelease(incarnation: string, released: Set<string>): void {
  released.add(incarnation)
  const [oldest] = released
  if (released.size > rememberedReleases && oldest !== undefined) released.delete(oldest)
}

/** A group that was replaced by somebody else's since the plan must not be touched. */
async function requireOwnGroup(pool: Pool, name: string, context: ExecuteContext): Promise<void> {
  if (await isOurs(pool, name, context)) return
  throw new ProviderError({
    code: 'Conflict',
    reason: 'GroupChanged',
    message: `Auto Scaling group ${name} is gone, or belongs to somebody else by now.`,
  })
}

/** The plan was made from an observation of this age at most, so that no call is needed in the usual case. */
const planAgeMs = 10_000

async function currentGroup(
  name: string,
  { session, readers, io }: ExecuteContext,
): Promise<AutoScalingGroup | undefined> {
  return (await readers.group(session, name, { ...io, maxAgeMs: planAgeMs })).value
}

async function isOurs(pool: Pool, name: string, context: ExecuteContext): Promise<boolean> {
  const group = await currentGroup(name, context)
  if (group === undefined) return false
  const owner = ownerOfGroup(pool, group)
  return owner === 'ours' || owner === 'adoptable'
}

function hooksIn(request: JsonObject): readonly LifecycleHook[] {
  return (request['LifecycleHookSpecificationList'] as readonly LifecycleHook[] | undefined) ?? []
}

async function rememberHold(group: string, enabled: boolean, { session, readers, io }: ExecuteContext): Promise<void> {
  const others = (await readers.hooks(session, group, io)).filter(
    ({ LifecycleHookName }) => LifecycleHookName !== holdHookName,
  )
  readers.known.hooks(session, group, enabled ? [...others, holdHook] : others)
}

/** One call for each; what is leaving already is left alone, because a second decrement would take another instance. */
async function removeInstances(
  pool: Pool,
  action: ActionOf<'RemoveInstances'>,
  context: ExecuteContext,
): Promise<ActionResult> {
  const { session, readers } = context
  const { resource, request } = plannedCall(action.parameters)
  await requireOwnGroup(pool, resource, context)
  const there = leavable(await currentGroup(resource, context))
  try {
    for (const { incarnation } of action.instances.filter((instance) => there.has(instance.incarnation))) {
      await terminate(resource, { ...request, InstanceId: incarnation }, context)
    }
  } finally {
    readers.known.group(session, resource)
  }
  return done
}

function leavable(group: AutoScalingGroup | undefined): ReadonlySet<string> {
  const leaving: ReadonlySet<string> = new Set(['Terminating', 'TerminationHeld', 'gone'])
  return new Set(
    (group?.Instances ?? [])
      .filter(({ LifecycleState }) => !leaving.has(instanceState(LifecycleState)))
      .map(({ InstanceId }) => InstanceId ?? ''),
  )
}

async function terminate(group: string, request: JsonObject, context: ExecuteContext): Promise<void> {
  const { session, readers } = context
  try {
    await send(context, 'autoscaling', 'TerminateInstanceInAutoScalingGroup', request)
  } catch (error) {
    if (!ProviderError.is(error) || error.code !== 'Conflict') throw error
    // AWS has one code for "no such instance" and "below the minimum": the group tells which of them it is.
    readers.known.group(session, group)
    if (leavable(await currentGroup(group, context)).has(textAt(request, 'InstanceId') ?? '')) throw error
  }
}

async function tag(action: ActionOf<'Tag'>, context: ExecuteContext): Promise<ActionResult> {
  const { session, readers } = context
  const { service, operation, resource, request } = plannedCall(action.parameters)
  if (service === 'autoscaling') {
    await send(context, service, operation as 'CreateOrUpdateTags' | 'DeleteTags', request)
    readers.known.group(session, resource)
  } else {
    await send(context, 'ec2', operation as 'CreateTags' | 'DeleteTags', request)
    readers.known.templateChanged(session, resource)
  }
  return done
}

async function ignoring(codes: readonly ErrorCode[], work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!ProviderError.is(error) || !codes.includes(error.code)) throw error
  }
}
