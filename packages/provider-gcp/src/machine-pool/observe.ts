import { ProviderError, type Instance, type PoolRef, type Template } from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import { groupKey } from '../compute/group-reads.ts'
import { observeOperations } from '../compute/long-operations.ts'
import type { InstanceGroupManager, ManagedInstance } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { isOwn, revisionOf, templateNameOf } from './current-template.ts'
import { findGroup, type FindContext, type FoundPoolGroup } from './find-group.ts'
import { groupProviderID, instanceProviderID, parseInstanceLink } from './group-ref.ts'
import type { GcpGroup, InstanceDetails, TemplateView } from './group-view.ts'
import { instanceHealth, instanceState, isPreempted, isStateful } from './instance-state.ts'
import { isSpot } from './instance-template.ts'
import { templateMark } from './marks.ts'
import { baseInstanceName, lastPart } from './names.ts'
import { wantedZones } from './placement.ts'
import type { GcpObservation } from './pool-state.ts'
import { instanceProblems, linkProblems, nameProblems, placementProblems, statefulProblems } from './problems.ts'
import { cloudRollout } from './rollout.ts'
import { isOnDelete } from './strategy.ts'

type Pool = PoolRef<GCPMachinePoolSpec>

/** What Google Cloud holds for the pool. In steady state it costs a share of one group read and one instance list. */
export async function observe(pool: Pool, context: FindContext): Promise<GcpObservation> {
  const operations = await endedOperations(pool, context)
  const found = await findGroup(pool, context)
  try {
    return await observeFound(pool, found, operations, context)
  } catch (error) {
    const { ref } = found
    if (!ProviderError.is(error) || error.code !== 'NotFound' || found.found === undefined || ref === undefined)
      throw error
    // It went between the two reads, or the first one was shared and older than that.
    context.readers.changed.group(context.project, groupKey(ref.scope, ref.name))
    return observeFound(pool, await findGroup(pool, context), operations, context)
  }
}

async function observeFound(
  pool: Pool,
  found: FoundPoolGroup,
  operations: GcpObservation['operations'],
  context: FindContext,
): Promise<GcpObservation> {
  const { ref } = found
  const group = found.found?.group
  const ours = group !== undefined && (found.owner === 'ours' || found.owner === 'adoptable')
  const [listing, templates] = await Promise.all([
    ours && ref !== undefined
      ? context.readers.managed(context.project, groupKey(ref.scope, ref.name), context.io)
      : undefined,
    readTemplates(pool, found, ours, context),
  ])
  const managed = listing?.value?.managed ?? []
  const view: GcpGroup = {
    ...(ref === undefined ? {} : { ref }),
    ...(group === undefined ? {} : { group }),
    templates,
    managed,
    takenNames: found.taken,
  }
  const details = await readDetails(pool, group, managed, context)
  const instances = managed.flatMap((one) => instanceOf(pool, one, templates, details))
  const deleting = group !== undefined && isBeingDeleted(pool, operations)
  const rollout = ours ? cloudRollout(view, instances) : undefined
  return {
    exists: group !== undefined && !deleting,
    deleting,
    owner: found.owner,
    ...(ref === undefined || group === undefined ? {} : { providerID: groupProviderID(ref) }),
    ...(ref === undefined ? {} : { groupName: ref.name }),
    ...(group === undefined ? {} : { size: sizeOf(group.targetSize ?? 0) }),
    sizeOwner: (group?.status?.autoscaler ?? '') === '' ? 'us' : 'cloudAutoscaler',
    instances,
    complete: listing?.value?.complete ?? true,
    templates: templates.map((template) => templateOf(template, view)),
    ...(rollout === undefined ? {} : { rollout }),
    holdSet: false,
    operations,
    problems: [
      ...nameProblems(view),
      ...(ours && found.found !== undefined
        ? placementProblems(found.found.scope, found.found.group, wantedZones(pool).zones)
        : []),
      ...instanceProblems(managed),
      ...linkProblems(managed),
      ...(isOnDelete(pool.spec) ? [] : statefulProblems(managed)),
    ],
    leftovers: templates.filter(isOwn).map(({ name }) => ({ kind: 'InstanceTemplate', id: name })),
    observedAt: Math.min(found.readAt, listing?.readAt ?? found.readAt),
    group: view,
  }
}

/** Groups have a size and no bounds; the engine keeps to those of the API. */
const largestGroup = 2_000

function sizeOf(desired: number): NonNullable<GcpObservation['size']> {
  return { desired, min: 0, max: largestGroup }
}

/** Running writes first: one that has ended makes older answers worthless. */
async function endedOperations(pool: Pool, context: FindContext): Promise<GcpObservation['operations']> {
  const { project, readers, io } = context
  if (pool.operations.length === 0) return []
  const states = await observeOperations(project, pool.operations, io)
  for (const { id, status } of states) {
    const operation = status === 'running' ? undefined : pool.operations.find((one) => one.id === id)
    if (operation === undefined) continue
    readers.changed.templates(project, pool)
    readers.changed.group(
      project,
      groupKey(textAt(operation.handle, 'scope') ?? '', textAt(operation.handle, 'resource') ?? ''),
    )
  }
  return states
}

/** A group says nothing of its own deletion; the operation does. */
function isBeingDeleted(pool: Pool, states: GcpObservation['operations']): boolean {
  const running = new Set(states.filter(({ status }) => status === 'running').map(({ id }) => id))
  return pool.operations.some(({ id, action }) => action === 'DeleteGroup' && running.has(id))
}

/** Own templates, and the one the group uses: somebody else's, or one whose revision is of another scheme. */
async function readTemplates(
  pool: Pool,
  { found }: FoundPoolGroup,
  ours: boolean,
  { project, readers, io }: FindContext,
): Promise<readonly TemplateView[]> {
  const own = await readers.ownTemplates(project, pool, io)
  const name = ours ? templateNameOf(found?.group) : undefined
  if (name === undefined) return own
  const known = own.find((template) => template.name === name)
  if (known !== undefined && revisionOf(name, own) !== undefined) return own
  const live = await readers.template(project, name, io)
  if (live === undefined) return own
  if (known !== undefined) return own.map((template) => (template === known ? { ...live, ...known } : template))
  // Its mark, if it has one, is another pool's; here it is only what the group is made from.
  const { mark: _mark, ...unmarked } = live
  return [...own, unmarked]
}

/** Instances without details are as good as others; only the order of victims and addresses lack something. */
async function readDetails(
  pool: Pool,
  group: InstanceGroupManager | undefined,
  managed: readonly ManagedInstance[],
  { project, readers, io }: FindContext,
): Promise<ReadonlyMap<string, InstanceDetails>> {
  const ids = managed.flatMap(({ id, instanceStatus }) =>
    id !== undefined && instanceStatus === 'RUNNING' ? [id] : [],
  )
  if (ids.length === 0) return new Map()
  try {
    // Somebody else may have made the group, with another base name; numbers may stand in it: `base-###`.
    const base = group?.baseInstanceName?.replace(/-#+(?:\[\d+\])?$/, '') ?? baseInstanceName(pool)
    return await readers.details(project, base, ids, io)
  } catch (error) {
    if (!ProviderError.is(error) || io.signal.aborted) throw error
    io.log.warn('Details of instances could not be read', { pool: pool.key.name, reason: error.message })
    return new Map()
  }
}

/** An instance that does not exist yet has no id; its name tells it from others that do not. */
const unborn = 'unborn'

function instanceOf(
  pool: Pool,
  managed: ManagedInstance,
  templates: readonly TemplateView[],
  details: ReadonlyMap<string, InstanceDetails>,
): readonly Instance[] {
  const ref = parseInstanceLink(managed.instance)
  if (ref === undefined) return []
  const state = instanceState(managed)
  const templateId = lastPart(managed.version?.instanceTemplate)
  const revision = revisionOf(templateId, templates)
  const detail = details.get(managed.id ?? '')
  const instanceType = managed.propertiesFromFlexibilityPolicy?.machineType ?? detail?.machineType
  return [
    {
      providerID: instanceProviderID(ref),
      incarnation: managed.id ?? `${unborn}:${ref.name}`,
      ...(managed.id === undefined && { announced: true as const }),
      name: ref.name,
      zone: ref.zone,
      state,
      ...(revision === undefined ? {} : { revision }),
      ...(templateId === '' ? {} : { templateId }),
      ...(instanceType === undefined ? {} : { instanceType }),
      addresses: detail?.addresses ?? [],
      ...(detail?.createdAt === undefined ? {} : { createdAt: detail.createdAt }),
      health: instanceHealth(managed),
      // Its replacement would have another name, and none of what the group keeps for this one.
      protected: isStateful(managed) && !isOnDelete(pool.spec),
      ...(isPreempted(managed, isSpot(pool.spec)) ? { notice: { reason: 'Preempted' } } : {}),
    },
  ]
}

function templateOf(template: TemplateView, { group, templates }: GcpGroup): Template {
  const revision = revisionOf(template.name, templates)
  const bootstrapHash = templateMark(template.mark)?.bootstrap ?? template.bootstrapHash
  return {
    id: template.name,
    ...(revision === undefined ? {} : { revision }),
    current: template.name === templateNameOf(group),
    ...(template.createdAt === undefined ? {} : { createdAt: template.createdAt }),
    ...(bootstrapHash === undefined || bootstrapHash === '' ? {} : { bootstrapHash }),
  }
}
