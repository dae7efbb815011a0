import type { Action, FieldChange } from '../../actions.ts'
import type { Capabilities } from '../../capabilities.ts'
import type { Desired } from '../../desired.ts'
import type { JsonObject, JsonValue } from '../../json.ts'
import type { Instance, InstanceKey } from '../../instance.ts'
import type { Observation } from '../../observation.ts'
import type { CloudTemplate } from '../memory-cloud/state.ts'
import { imageQueryTag, keyOf, ownerMark, ownerTag, revisionTag } from './marks.ts'
import type { ReferenceGroup } from './group.ts'
import type { ReferenceSpec } from './spec.ts'
import { currentTemplate, templateChanges } from './template.ts'

type Wish = Desired<ReferenceSpec>
type Seen = Observation<ReferenceGroup>

/** The smallest ordered list of writes that turns what is into what should be. PURE. */
export function plan(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  const known = observed.exists || observed.deleting
  if (known && observed.owner !== 'ours' && observed.owner !== 'adoptable') {
    return desired.presence === 'absent' ? deleteTemplates(desired, observed, observed.leftovers) : []
  }
  if (desired.presence === 'absent') return planDeletion(desired, observed)
  // A group that is being deleted keeps its name until it is gone.
  if (observed.deleting) return []
  if (!observed.exists) return planCreation(capabilities, desired, observed)
  if (observed.owner === 'adoptable') return [adopt(desired, observed)]
  // The cloud refuses a second write on a group while an operation runs.
  const busy = isBusy(observed)
  return [
    ...planHold(desired, observed),
    ...planTemplate(capabilities, desired, observed),
    ...(busy ? [] : planSettings(capabilities, desired, observed)),
    ...planTags(desired, observed),
    ...planHeld(desired, observed),
    ...(busy ? [] : planRemovals(desired, observed)),
    ...(busy ? [] : planSize(capabilities, desired, observed)),
    ...(busy ? [] : planRollout(desired, observed)),
    ...planPruning(capabilities, desired, observed),
  ]
}

function isBusy(observed: Seen): boolean {
  return observed.operations.some(({ status }) => status === 'running')
}

/** The parts that all actions have. */
function base(
  desired: Wish,
  type: Action['type'],
  reason: string,
  facts: JsonObject,
  changes: readonly FieldChange[] = [],
): { reason: string; changes: readonly FieldChange[]; idempotencyKey: string; parameters: JsonObject } {
  return { reason, changes, idempotencyKey: keyOf(desired.pool, type, facts), parameters: facts }
}

function planDeletion(desired: Wish, observed: Seen): readonly Action[] {
  if (observed.deleting || (observed.exists && isBusy(observed))) return []
  if (observed.exists) {
    const name = observed.groupName!
    return [{ type: 'DeleteGroup', ...base(desired, 'DeleteGroup', 'the pool is being deleted', { group: name }) }]
  }
  // Templates last: a group without its template could not be observed.
  return deleteTemplates(desired, observed, observed.templates)
}

function deleteTemplates(desired: Wish, observed: Seen, templates: readonly { id: string }[]): readonly Action[] {
  if (isBusy(observed)) return []
  return templates.map(({ id }) => ({
    type: 'DeleteTemplate',
    template: id,
    ...base(desired, 'DeleteTemplate', 'the pool is being deleted', { template: id }),
  }))
}

function planCreation(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  if (desired.template === 'leave' || isBusy(observed)) return []
  const { spec } = desired.pool
  const size = desired.size ?? spec.minSize
  const facts: JsonObject = { ...templateFacts(desired), ...settings(desired), size }
  return [
    ...planTemplate(capabilities, desired, observed),
    { type: 'CreateGroup', size, ...base(desired, 'CreateGroup', 'the group does not exist', facts) },
  ]
}

function adopt(desired: Wish, observed: Seen): Action {
  const resource = observed.groupName!
  const set = { [ownerTag]: ownerMark(desired.pool) }
  return {
    type: 'Tag',
    resource,
    set,
    remove: [],
    ...base(desired, 'Tag', 'take the group over from upstream', { resource, set }),
  }
}

function planHold(desired: Wish, observed: Seen): readonly Action[] {
  if (desired.hold === observed.holdSet) return []
  const reason = desired.hold ? 'terminations must wait for the drain' : 'nobody waits for terminations any more'
  const facts = { group: observed.groupName!, enabled: desired.hold }
  return [{ type: 'SetHold', enabled: desired.hold, ...base(desired, 'SetHold', reason, facts) }]
}

/** What tells a template apart: its revision, and the content that new instances start with (R14). */
function templateFacts(desired: Wish): JsonObject {
  return { revision: desired.revision, bootstrapHash: desired.bootstrap?.contentHash ?? 'none' }
}

/**
 * New content makes a new template, but not where the cloud rolls for every template: replacing nothing goes before new
 * content there (R14).
 */
function isWanted(
  { cloudRollout }: Capabilities,
  desired: Wish,
  template: { readonly revision: string | undefined; readonly hash: string | undefined },
): boolean {
  if (template.revision !== desired.revision) return false
  return cloudRollout === 'always' || template.hash === (desired.bootstrap?.contentHash ?? 'none')
}

function isWantedTemplate(capabilities: Capabilities, desired: Wish, { tags, userDataHash }: CloudTemplate): boolean {
  return isWanted(capabilities, desired, { revision: tags[revisionTag], hash: userDataHash })
}

function planTemplate(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  if (desired.template === 'leave') return []
  const live = currentTemplate(observed)
  if (desired.stamp && live) return planStamp(desired, live)
  const exists = observed.templates.some(({ revision, bootstrapHash }) =>
    isWanted(capabilities, desired, { revision, hash: bootstrapHash }),
  )
  if (exists) return []
  const { image, imageQuery } = desired.resolved.inputs
  const facts: JsonObject = {
    ...templateFacts(desired),
    image,
    instanceType: desired.pool.spec.instanceType,
    tags: {
      [ownerTag]: ownerMark(desired.pool),
      [revisionTag]: desired.revision,
      ...(imageQuery === undefined ? {} : { [imageQueryTag]: imageQuery }),
    },
  }
  const changes = templateChanges(desired, live)
  const reason = live ? 'new instances are to be made from another template' : 'the pool has no template yet'
  return [
    {
      type: 'CreateTemplate',
      revision: desired.revision,
      bootstrap: desired.bootstrap?.data,
      ...base(desired, 'CreateTemplate', reason, facts, changes),
    },
  ]
}

function planStamp(desired: Wish, live: CloudTemplate): readonly Action[] {
  if (live.tags[revisionTag] === desired.revision) return []
  const facts = { template: live.id, revision: desired.revision }
  const reason = 'the live template equals the wish and carries no mark'
  return [{ type: 'StampTemplate', ...facts, ...base(desired, 'StampTemplate', reason, facts) }]
}

function settings(desired: Wish): JsonObject {
  const { minSize, maxSize, zones } = desired.pool.spec
  return { min: minSize, max: maxSize, ...(zones ? { zones: zones.toSorted() } : {}) }
}

function planSettings(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  const { group } = observed.group!
  const { minSize, maxSize, zones } = desired.pool.spec
  const live = currentTemplate(observed)
  const switches =
    desired.template === 'apply' && !desired.stamp && !(live && isWantedTemplate(capabilities, desired, live))
  const changes: FieldChange[] = [
    ...difference('spec.minSize', group.min, minSize),
    ...difference('spec.maxSize', group.max, maxSize),
    // The order of zones means nothing (R23).
    ...(zones ? difference('spec.zones', group.zones.toSorted(), zones.toSorted()) : []),
    ...(switches ? difference('revision', live?.tags[revisionTag] ?? null, desired.revision, true) : []),
  ]
  if (changes.length === 0) return []
  const facts = { ...settings(desired), ...(switches ? templateFacts(desired) : {}) }
  return [{ type: 'UpdateGroup', ...base(desired, 'UpdateGroup', 'the settings of the group differ', facts, changes) }]
}

function difference(field: string, from: JsonValue, to: JsonValue, always = false): readonly FieldChange[] {
  return always || JSON.stringify(from) !== JSON.stringify(to) ? [{ field, from, to }] : []
}

function planTags(desired: Wish, observed: Seen): readonly Action[] {
  const { tags } = observed.group!.group
  const wanted = { ...desired.pool.spec.tags, [ownerTag]: ownerMark(desired.pool) }
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => tags[key] !== value))
  if (Object.keys(set).length === 0) return []
  const resource = observed.groupName!
  const facts = { resource, set }
  return [{ type: 'Tag', resource, set, remove: [], ...base(desired, 'Tag', 'tags of the group differ', facts) }]
}

function planHeld(desired: Wish, observed: Seen): readonly Action[] {
  const held = (wanted: InstanceKey): boolean =>
    observed.instances.some((each) => sameLife(each, wanted) && each.hold?.ours === true)
  return [
    ...desired.release.filter(held).map((instance): Action => {
      const facts = { providerID: instance.providerID, incarnation: instance.incarnation }
      return { type: 'ReleaseInstance', instance, ...base(desired, 'ReleaseInstance', 'it is drained', facts) }
    }),
    ...desired.extend.filter(held).map((instance): Action => {
      const facts = { providerID: instance.providerID, incarnation: instance.incarnation }
      return { type: 'ExtendHold', instance, ...base(desired, 'ExtendHold', 'it is still draining', facts) }
    }),
  ]
}

function sameLife(a: InstanceKey, b: InstanceKey): boolean {
  return a.providerID === b.providerID && a.incarnation === b.incarnation
}

/** Neither gone nor going, so that removing it means something. */
function isPresent(instance: Instance): boolean {
  return instance.state !== 'Terminating' && instance.state !== 'TerminationHeld'
}

function removable(desired: Wish, observed: Seen, keepSize: boolean): readonly InstanceKey[] {
  return desired.remove
    .filter((removal) => removal.keepSize === keepSize)
    .map(({ instance }) => instance)
    .filter((wanted) => observed.instances.some((each) => sameLife(each, wanted) && isPresent(each)))
}

function planRemovals(desired: Wish, observed: Seen): readonly Action[] {
  return [false, true].flatMap((keepSize): Action[] => {
    const instances = removable(desired, observed, keepSize)
    if (instances.length === 0) return []
    const facts: JsonObject = {
      group: observed.groupName!,
      instances: instances.map(({ providerID, incarnation }) => ({ providerID, incarnation })),
      keepSize,
    }
    const reason = keepSize ? 'they are to be replaced' : 'the pool is to be smaller'
    return [{ type: 'RemoveInstances', instances, keepSize, ...base(desired, 'RemoveInstances', reason, facts) }]
  })
}

/** States that hold a place of the group's size. */
const liveStates: ReadonlySet<string> = new Set(['Pending', 'Running', 'Stopped', 'Failed', 'Unknown'])

function planSize(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  if (desired.size === undefined) return []
  const shrinking = removable(desired, observed, false)
  const replacing = removable(desired, observed, true)
  // Where a removal always takes the place along, the size is given back here, as the second write.
  const lost = shrinking.length + (capabilities.removeKeepingSize === 'twoWrites' ? replacing.length : 0)
  const from = observed.size!.desired - lost
  const live = observed.instances.filter(({ state }) => liveStates.has(state)).length - lost
  // Live instances leave by removal only, and those above the size are the cloud's own business: neither reason may raise it.
  const lowest = capabilities.resizeRemovesLive ? desired.size : Math.max(desired.size, Math.min(live, from))
  const to = desired.size >= from ? desired.size : lowest
  // With instances that nobody saw, going down could take one of them.
  if (to === from || (to < from && !observed.complete)) return []
  const reason = to > from ? 'more instances are wanted' : 'places without an instance are given up'
  const facts = { group: observed.groupName!, from, to }
  return [{ type: 'Resize', from, to, ...base(desired, 'Resize', reason, facts) }]
}

function planRollout(desired: Wish, observed: Seen): readonly Action[] {
  const running = observed.rollout?.state === 'InProgress' ? observed.rollout : undefined
  if (desired.rollout === 'start' && !running) {
    const { revision } = desired
    const facts = { group: observed.groupName!, revision }
    return [{ type: 'StartRollout', revision, ...base(desired, 'StartRollout', 'instances are outdated', facts) }]
  }
  if (desired.rollout === 'cancel' && running) {
    const facts = { group: observed.groupName!, rollout: running.id }
    return [
      { type: 'CancelRollout', rollout: running.id, ...base(desired, 'CancelRollout', 'it is not wanted', facts) },
    ]
  }
  return []
}

/** Templates that neither the group nor any instance uses, nor the wish. Needs to have seen every instance. */
function planPruning(capabilities: Capabilities, desired: Wish, observed: Seen): readonly Action[] {
  if (!observed.complete || desired.template === 'leave') return []
  const used = new Set(observed.instances.map(({ templateId }) => templateId))
  const own = observed.group!.templates.filter(({ tags }) => tags[ownerTag] === ownerMark(desired.pool))
  return own
    .filter((template) => template.id !== observed.group!.group.template && !used.has(template.id))
    .filter((template) => !isWantedTemplate(capabilities, desired, template))
    .map(({ id }) => ({
      type: 'DeleteTemplate',
      template: id,
      ...base(desired, 'DeleteTemplate', 'nothing uses it any more', { template: id }),
    }))
}
