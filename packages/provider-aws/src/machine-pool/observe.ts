import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { EpochMillis, Instance, Io, Observation, Ownership, PoolRef, Template } from '@machinepool/contract'

import type { AwsReaders } from '../aws/readers.ts'
import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import {
  currentVersion,
  templateVersionId,
  type AwsGroup,
  type LaunchTemplate,
  type TemplateView,
} from './group-view.ts'
import { holdExists, holdIsSet } from './hold.ts'
import { instanceState, isLive } from './instance-state.ts'
import { groupNames, instanceProviderID, parseGroupArn, templateNames } from './names.ts'
import { ownerOfGroup } from './ownership.ts'
import { revisionOf } from './plan-template.ts'
import { cloudRolloutOf } from './refresh.ts'
import { launchProblems } from './activities.ts'
import { usesSpot, withNotices } from './spot.ts'
import { bearsUpstreamMarks, ownerByTags, tagMap } from './tags.ts'

type Pool = PoolRef<AWSMachinePoolSpec>

export interface ObserveContext {
  readonly session: AwsSession
  readonly readers: AwsReaders
  readonly io: Io
  /** Since when fewer instances are there than wanted, by group; kept between observations. */
  readonly missingSince: Map<string, EpochMillis>
  /** Instances whose termination we have let go on; another hook may still hold them. */
  readonly released: Set<string>
}

/** Launches take a moment to be listed; only what is missing for longer is looked into. */
const missingGraceMs = 15_000

/** What AWS holds for the pool. In steady state it costs a share of one DescribeAutoScalingGroups. */
export async function observe(pool: Pool, context: ObserveContext): Promise<Observation<AwsGroup>> {
  const found = await findGroup(pool, context)
  const { group, owner } = found
  const template = await findTemplate(pool, group, owner, context)
  const status = group?.Status
  const live = group !== undefined && status === undefined
  const ours = owner === 'ours' || owner === 'adoptable'
  const hooks =
    live && ours
      ? await context.readers.hooks(
          context.session,
          group.AutoScalingGroupName!,
          context.io,
          hasUnheldTermination(group),
        )
      : []
  const hold = holdExists(hooks)
  const listed = (group?.Instances ?? []).flatMap((instance) =>
    instanceOf(instance, template.view, {
      hold: hold && !context.released.has(instance.InstanceId ?? ''),
      goesBack: hold && group?.WarmPoolConfiguration?.InstanceReusePolicy?.ReuseOnScaleIn === true,
    }),
  )
  const known = live && ours ? await withFacts(listed, context) : listed
  const instances =
    live && ours && known.length > 0 && usesSpot(pool.spec)
      ? withNotices(known, await context.readers.interruptions.of(context.session, context.io))
      : known
  const view: AwsGroup = {
    groupName: found.name,
    templateName: template.name,
    ...(group === undefined ? {} : { group }),
    ...(template.view === undefined ? {} : { template: template.view }),
    hooks,
    takenNames: [...found.taken, ...template.taken],
  }
  const rollout = live && ours ? await readRollout(pool, view, instances, context) : undefined
  return {
    exists: live,
    deleting: group !== undefined && !live && ours,
    owner,
    ...(group?.AutoScalingGroupARN === undefined ? {} : { providerID: group.AutoScalingGroupARN }),
    groupName: found.name,
    ...(group === undefined
      ? {}
      : { size: { desired: group.DesiredCapacity ?? 0, min: group.MinSize ?? 0, max: group.MaxSize ?? 0 } }),
    sizeOwner: 'us',
    instances,
    complete: true,
    templates: templatesOf(template.view),
    ...(rollout === undefined ? {} : { rollout }),
    holdSet: holdIsSet(hooks),
    operations: pool.operations.map(({ id }) => ({ id, status: 'done' })),
    problems: [...nameProblems(view), ...(live && ours ? await missingProblems(group, instances, context) : [])],
    leftovers: [],
    observedAt: found.readAt,
    group: view,
  }
}

/** One that is on its way out and does not wait; whether it will wait, or has, the listing does not say. */
function hasUnheldTermination({ Instances = [] }: AutoScalingGroup): boolean {
  return Instances.some(({ LifecycleState }) => LifecycleState === 'Terminating')
}

interface FoundGroup {
  readonly name: string
  readonly group?: AutoScalingGroup
  readonly owner: Ownership
  readonly taken: AwsGroup['takenNames']
  readonly readAt: EpochMillis
}

/**
 * The recorded group; or the one that carries our mark under either of the pool's names; or the plain name's, unless
 * that belongs to another machine pool, whose group the pool gets out of the way of (R2).
 */
async function findGroup(pool: Pool, { session, readers, io }: ObserveContext): Promise<FoundGroup> {
  const recorded = pool.recorded.providerID === undefined ? undefined : parseGroupArn(pool.recorded.providerID)
  const { plain, unique } = groupNames(pool)
  const names = recorded === undefined ? [...new Set([plain, unique])] : [recorded.name]
  const snapshots = await Promise.all(names.map((name) => readers.group(session, name, io)))
  const readAt = Math.min(...snapshots.map((snapshot) => snapshot.readAt))
  const candidates = snapshots.map(({ value }, index) => ({
    name: names[index]!,
    ...(value === undefined ? {} : { group: value }),
    owner: value === undefined ? ('unmarked' as const) : ownerOfGroup(pool, value),
  }))
  const best =
    candidates.find(({ group, owner }) => group && owner === 'ours') ??
    candidates.find(({ group, owner }) => group && owner === 'adoptable')
  if (best !== undefined) return { ...best, taken: takenNames(candidates, best.name), readAt }
  const [first] = candidates
  const inTheWay = first?.group !== undefined && isAnotherPools(pool, first.group)
  if (recorded === undefined && inTheWay) {
    const last = candidates.at(-1)!
    return { ...last, taken: takenNames(candidates, last.name), readAt }
  }
  return { ...first!, taken: [], readAt }
}

function takenNames(
  candidates: readonly { readonly name: string; readonly group?: AutoScalingGroup }[],
  used: string,
): AwsGroup['takenNames'] {
  return candidates
    .filter(({ name, group }) => group !== undefined && name !== used)
    .map(({ name }) => ({ kind: 'AutoScalingGroup', name }))
}

/**
 * Marked, and not for this pool: another namespace, cluster or installation has a pool of that name. A group without
 * any mark may be this pool's in its owner's mind, so it is not silently worked around.
 */
function isAnotherPools(pool: Pool, group: AutoScalingGroup): boolean {
  const tags = tagMap(group.Tags)
  return ownerByTags(pool, tags) === 'foreign' && !bearsUpstreamMarks(pool, tags)
}

interface FoundTemplate {
  readonly name: string
  readonly view?: TemplateView
  readonly taken: AwsGroup['takenNames']
}

async function findTemplate(
  pool: Pool,
  group: AutoScalingGroup | undefined,
  groupOwner: Ownership,
  context: ObserveContext,
): Promise<FoundTemplate> {
  const { session, readers, io } = context
  const ours = group !== undefined && (groupOwner === 'ours' || groupOwner === 'adoptable')
  const used = ours ? templateNameOf(group) : undefined
  const { plain, unique } = templateNames(pool)
  const names = used === undefined ? [...new Set([plain, unique])] : [used]
  const found = await Promise.all(names.map((name) => readers.template(session, name, io)))
  const candidates = found.map((template, index) => ({
    name: names[index]!,
    ...(template === undefined ? {} : { template, owner: ownerOfTemplate(pool, template, used, groupOwner) }),
  }))
  const best = candidates.find(({ owner }) => owner === 'ours') ?? candidates.find(({ owner }) => owner === 'adoptable')
  if (best?.template !== undefined) {
    const versions = await readers.versions(session, best.template, io)
    return { name: best.name, view: { ...best.template, owner: best.owner!, versions }, taken: [] }
  }
  const free = candidates.find(({ template }) => template === undefined)
  const taken = candidates
    .filter(({ template }) => template !== undefined)
    .map(({ name }) => ({ kind: 'LaunchTemplate' as const, name }))
  // A group that refers to somebody else's template gets one of its own.
  return { name: free?.name ?? unique, taken }
}

function templateNameOf(group: AutoScalingGroup): string | undefined {
  return (
    group.LaunchTemplate?.LaunchTemplateName ??
    group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.LaunchTemplateName
  )
}

/** Upstream's template of a group that is ours came with the group. */
function ownerOfTemplate(
  pool: Pool,
  template: LaunchTemplate,
  usedByGroup: string | undefined,
  groupOwner: Ownership,
): Ownership {
  const owner = ownerByTags(pool, template.tags)
  const known = usedByGroup === template.name ? groupOwner === 'ours' : pool.recorded.providerID !== undefined
  return owner !== 'ours' && known && bearsUpstreamMarks(pool, template.tags) ? 'ours' : owner
}

type SdkInstance = NonNullable<AutoScalingGroup['Instances']>[number]

/** What the group's hooks and warm pool mean for one of its instances. */
interface HookView {
  readonly hold: boolean
  readonly goesBack: boolean
}

function instanceOf(instance: SdkInstance, template: TemplateView | undefined, hooks: HookView): Instance[] {
  const state = instanceState(instance.LifecycleState, hooks.goesBack)
  if (state === 'gone') return []
  const { LaunchTemplateId: id, Version: version } = instance.LaunchTemplate ?? {}
  const made = id === template?.id ? template?.versions.find((item) => String(item.version) === version) : undefined
  const revision = made && template ? revisionOf(template, made) : undefined
  return [
    {
      providerID: instanceProviderID(instance.AvailabilityZone ?? '', instance.InstanceId ?? ''),
      incarnation: instance.InstanceId ?? '',
      ...(instance.AvailabilityZone === undefined ? {} : { zone: instance.AvailabilityZone }),
      state,
      ...(revision === undefined ? {} : { revision }),
      ...(id === undefined || version === undefined ? {} : { templateId: templateVersionId(id, version) }),
      ...(instance.InstanceType === undefined ? {} : { instanceType: instance.InstanceType }),
      addresses: [],
      health:
        instance.HealthStatus === 'Healthy'
          ? 'Healthy'
          : instance.HealthStatus === 'Unhealthy'
            ? 'Unhealthy'
            : 'Unknown',
      protected: instance.ProtectedFromScaleIn ?? false,
      ...(state === 'TerminationHeld' ? { hold: { ours: hooks.hold } } : {}),
    },
  ]
}

async function withFacts(
  instances: readonly Instance[],
  { session, readers, io }: ObserveContext,
): Promise<readonly Instance[]> {
  const facts = await readers.facts.of(
    session,
    instances.map(({ incarnation }) => incarnation),
    io,
  )
  return instances.map((instance) => ({ ...instance, ...facts.get(instance.incarnation) }))
}

function templatesOf(template: TemplateView | undefined): readonly Template[] {
  return (template?.versions ?? []).map((version) => {
    const revision = revisionOf(template!, version)
    const bootstrapHash = version.marks?.bootstrap ?? version.bootstrapHash
    return {
      id: templateVersionId(template!.id, version.version),
      ...(revision === undefined ? {} : { revision }),
      current: version.version === template!.latestVersion,
      ...(version.createdAt === undefined ? {} : { createdAt: version.createdAt }),
      ...(bootstrapHash === undefined || bootstrapHash === '' ? {} : { bootstrapHash }),
    }
  })
}

/** An instance refresh is looked for only where one can be: instances differ from the template, and AWS may roll. */
async function readRollout(
  pool: Pool,
  view: AwsGroup,
  instances: readonly Instance[],
  { session, readers, io }: ObserveContext,
): Promise<Observation['rollout']> {
  if ((pool.spec.strategy?.type ?? 'InstanceRefresh') !== 'InstanceRefresh') return undefined
  const current = currentVersion(view.template)
  if (current === undefined) return undefined
  const id = templateVersionId(view.template!.id, current.version)
  const revision = revisionOf(view.template!, current)
  const differ = instances.some((instance) =>
    instance.revision === undefined || revision === undefined
      ? instance.templateId !== id
      : instance.revision !== revision,
  )
  if (!differ) return undefined
  return cloudRolloutOf(await readers.refreshes(session, view.group!.AutoScalingGroupName!, io), view.template!)
}

function nameProblems({ takenNames: taken, groupName, templateName }: AwsGroup): Observation['problems'] {
  return taken.map(({ kind, name }) => ({
    code: 'AlreadyExists',
    reason: 'NameConflict',
    message: `${kind} ${name} belongs to somebody else and is not touched; this pool uses the name ${kind === 'LaunchTemplate' ? templateName : groupName}.`,
  }))
}

/** Why instances do not come: AWS tells in the group's scaling activities. */
async function missingProblems(
  group: AutoScalingGroup,
  instances: readonly Instance[],
  { session, readers, io, missingSince }: ObserveContext,
): Promise<Observation['problems']> {
  const key = group.AutoScalingGroupARN ?? ''
  const there = instances.filter(({ state }) => isLive(state)).length
  if (there >= (group.DesiredCapacity ?? 0)) {
    missingSince.delete(key)
    return []
  }
  const since = missingSince.get(key) ?? io.clock.now()
  missingSince.set(key, since)
  if (io.clock.now() - since < missingGraceMs) return []
  return launchProblems(await readers.activities(session, group.AutoScalingGroupName!, io))
}
