import { ProviderError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { Instance, InstanceState } from '../../instance.ts'
import type { Observation, Problem, Template } from '../../observation.ts'
import type { OperationState } from '../../operations.ts'
import type { PoolRef } from '../../pool.ts'
import { parseRevision } from '../../revision.ts'
import type { CloudConnection } from '../memory-cloud/connection.ts'
import {
  shownIncarnation,
  type CloudGroup,
  type CloudInstance,
  type CloudInstanceState,
  type CloudTemplate,
} from '../memory-cloud/state.ts'
import { callCloud } from './cloud-calls.ts'
import { errorTable } from './errors.ts'
import type { ReferenceGroup } from './group.ts'
import { groupName, groupProviderID, ownerMark, ownershipOf, ownerTag, revisionTag } from './marks.ts'
import type { ReferenceSpec } from './spec.ts'
import { revisionScheme } from './template.ts'

export async function observe(
  connection: CloudConnection,
  pool: PoolRef<ReferenceSpec>,
  io: Io,
): Promise<Observation<ReferenceGroup>> {
  // Before the first call: the answer may not look newer than it is.
  const observedAt = io.clock.now()
  const name = groupName(pool)
  const [groups, ownTemplates, operations] = await Promise.all([
    callCloud(io, (signal) => connection.getGroups([name], signal)),
    callCloud(io, (signal) => connection.listTemplates({ [ownerTag]: ownerMark(pool) }, signal)),
    Promise.all(pool.operations.map(({ id, handle }) => observeOperation(connection, id, handle['operation'], io))),
  ])
  const found = groups[0]
  const common = { operations, leftovers: ownTemplates.map(({ id }) => ({ kind: 'template', id })), observedAt }
  if (!found) return { ...common, ...nothing, templates: ownTemplates.map((each) => templateOf(each, undefined)) }

  const owner = ownershipOf(pool, found)
  // Somebody else's group is none of our business: its instances would only tempt somebody to remove them.
  const ours = owner === 'ours' || owner === 'adoptable'
  const listing = ours ? await listInstances(connection, name, io) : { items: [], complete: true }
  const templates = await withCurrent(connection, ownTemplates, found, io)
  return {
    ...common,
    exists: !found.deleting,
    deleting: found.deleting,
    owner,
    providerID: groupProviderID(name),
    groupName: name,
    size: { desired: found.desired, min: found.min, max: found.max },
    sizeOwner: found.autoscaled ? 'cloudAutoscaler' : 'us',
    instances: listing.items.map((item) => instanceOf(item, templates, pool)),
    complete: listing.complete,
    templates: templates.map((each) => templateOf(each, found)),
    ...(found.rollout ? { rollout: rolloutOf(found.rollout, templates) } : {}),
    holdSet: found.holdOwner === ownerMark(pool),
    problems: problemsOf(found),
    group: { group: found, templates },
  }
}

const nothing = {
  exists: false,
  deleting: false,
  owner: 'ours',
  sizeOwner: 'us',
  instances: [],
  complete: true,
  holdSet: false,
  problems: [],
} as const

/** Pages until the end. A page that fails makes the listing incomplete, not the observation fail (R3). */
async function listInstances(
  connection: CloudConnection,
  group: string,
  io: Io,
): Promise<{ readonly items: readonly CloudInstance[]; readonly complete: boolean }> {
  const items: CloudInstance[] = []
  let page: string | undefined
  do {
    try {
      const next = page
      const answer = await callCloud(io, (signal) => connection.listInstances(group, next, signal))
      items.push(...answer.items)
      page = answer.next
    } catch (error) {
      const passing = ProviderError.is(error) && (error.code === 'Throttled' || error.code === 'Unavailable')
      if (!passing || io.signal.aborted) throw error
      return { items, complete: false }
    }
  } while (page !== undefined)
  return { items, complete: true }
}

async function withCurrent(
  connection: CloudConnection,
  own: readonly CloudTemplate[],
  group: CloudGroup,
  io: Io,
): Promise<readonly CloudTemplate[]> {
  if (own.some(({ id }) => id === group.template)) return own
  const current = await callCloud(io, (signal) => connection.getTemplate(group.template, signal))
  return current ? [...own, current] : own
}

async function observeOperation(
  connection: CloudConnection,
  id: string,
  handle: unknown,
  io: Io,
): Promise<OperationState> {
  try {
    const operation = await callCloud(io, (signal) => connection.getOperation(String(handle), signal))
    if (operation.status !== 'failed') return { id, status: operation.status }
    const error = operation.error!
    return { id, status: 'failed', code: errorTable[error.code].code, message: error.message }
  } catch (error) {
    // Finished operations are forgotten after a while.
    if (ProviderError.is(error) && error.code === 'NotFound') return { id, status: 'done' }
    if (ProviderError.is(error) && (error.code === 'Throttled' || error.code === 'Unavailable')) {
      return { id, status: 'running' }
    }
    throw error
  }
}

const states: Readonly<Record<CloudInstanceState, InstanceState>> = {
  pending: 'Pending',
  running: 'Running',
  terminating: 'Terminating',
  held: 'TerminationHeld',
  stopped: 'Stopped',
  standby: 'Standby',
  warmed: 'Warmed',
  retained: 'Retained',
  failed: 'Failed',
}

function instanceOf(item: CloudInstance, templates: readonly CloudTemplate[], pool: PoolRef<ReferenceSpec>): Instance {
  const revision = revisionOf(templates.find(({ id }) => id === item.template))
  return {
    providerID: item.providerID,
    incarnation: shownIncarnation(item),
    ...(item.announced && { announced: true as const }),
    name: item.name,
    zone: item.zone,
    state: states[item.state],
    ...(revision === undefined ? {} : { revision }),
    templateId: item.template,
    instanceType: item.instanceType,
    addresses: [{ type: 'Hostname', address: item.name }],
    createdAt: item.createdAt,
    health: item.healthy ? 'Healthy' : 'Unhealthy',
    protected: item.protected,
    ...(item.hold
      ? {
          hold: {
            ours: item.hold.owner === ownerMark(pool),
            expiresAt: item.hold.expiresAt,
            latestAt: item.hold.latestAt,
          },
        }
      : {}),
    ...(item.notice ? { notice: item.notice } : {}),
  }
}

/** A mark of another scheme says nothing to us: unknown, not outdated. */
function revisionOf(template: CloudTemplate | undefined): string | undefined {
  const mark = template?.tags[revisionTag]
  return mark !== undefined && parseRevision(mark)?.scheme === revisionScheme ? mark : undefined
}

function templateOf(template: CloudTemplate, group: CloudGroup | undefined): Template {
  const revision = revisionOf(template)
  return {
    id: template.id,
    ...(revision === undefined ? {} : { revision }),
    current: template.id === group?.template,
    createdAt: template.createdAt,
    bootstrapHash: template.userDataHash,
  }
}

function rolloutOf(
  rollout: NonNullable<CloudGroup['rollout']>,
  templates: readonly CloudTemplate[],
): NonNullable<Observation['rollout']> {
  const revision = revisionOf(templates.find(({ id }) => id === rollout.template))
  return {
    id: rollout.id,
    state: rollout.state,
    ...(revision === undefined ? {} : { revision }),
    startedAt: rollout.startedAt,
  }
}

function problemsOf({ problem }: CloudGroup): readonly Problem[] {
  if (!problem) return []
  const { code, message, zone, since } = problem
  return [{ code: errorTable[code].code, reason: code, message, since, ...(zone === undefined ? {} : { zone }) }]
}
