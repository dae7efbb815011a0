import type { Action, FieldChange, JsonObject } from '@machinepool/contract'
import { actionBase, plainJson } from '@machinepool/provider-kit'

import type { InstanceGroupManager } from '../compute/resources.ts'
import { busy } from './busy.ts'
import { hasCanary, templateNameOf } from './current-template.ts'
import type { GroupRef } from './group-ref.ts'
import { portsChange, redistribution, settingChanges, specSettings, targetShape } from './group-settings.ts'
import type { TemplateView } from './group-view.ts'
import { describe, markOf, ownerByMark, parseMark, settingsNote, templateMark } from './marks.ts'
import { baseInstanceName } from './names.ts'
import { wantedTemplate, wantedTemplateName } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'
import { planned } from './requests.ts'
import { readInputs } from './resolved-inputs.ts'
import { isRolling } from './rollout.ts'
import { updaterProblem } from './strategy.ts'

/** Makes the group, or changes its settings but the size. PURE. */
export function planGroup(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const ref = observed.group?.ref
  if (ref === undefined) return []
  if (!observed.exists) return createGroup(desired, observed, ref)
  if (observed.owner === 'adoptable') return takeOver(desired, observed, ref)
  return updateGroup(desired, observed, ref)
}

function isRegional({ scope }: GroupRef): boolean {
  return scope.startsWith('regions/')
}

function createGroup(desired: GcpDesired, observed: GcpObservation, ref: GroupRef): readonly Action[] {
  const { pool, resolved } = desired
  const { image, zones } = readInputs(resolved)
  if (desired.template === 'leave' || image === undefined || zones.length === 0) return []
  const template = wantedTemplateName(desired)
  if (busy(desired, observed).templates.has(template)) return []
  const size = desired.size ?? 0
  if (updaterProblem(pool.spec, zones.length, size) !== undefined) return []
  const settings = specSettings(pool.spec, ref.project)
  const body: InstanceGroupManager = {
    name: ref.name,
    description: describe(markOf(pool, settingsNotes(settings))),
    baseInstanceName: baseInstanceName(pool),
    // Written even when it is 0, which Google does not read into a missing field.
    targetSize: size,
    // The template's name is known before it exists; the action is executed after it was made.
    versions: [{ instanceTemplate: templatePath(ref, template) }],
    updatePolicy: restingPolicy(desired, ref),
    listManagedInstancesResults: 'PAGINATED',
    ...(isRegional(ref)
      ? {
          distributionPolicy: {
            zones: zones.map((zone) => ({ zone: `projects/${ref.project}/zones/${zone}` })),
            targetShape: targetShape(pool.spec),
          },
        }
      : {}),
    ...settings,
  }
  const parameters = planned('instanceGroupManagers.insert', ref, { body })
  return [{ ...actionBase(pool, 'CreateGroup', 'there is no managed instance group', parameters), size }]
}

function templatePath({ project }: GroupRef, name: string): string {
  return `projects/${project}/global/instanceTemplates/${name}`
}

function settingsNotes(settings: object): Readonly<Record<string, string>> {
  const names = Object.keys(settings).toSorted().join(',')
  return names === '' ? {} : { settings: names }
}

/** New templates are for new instances: who replaces the others is not the group's own decision. */
function restingPolicy({ pool }: GcpDesired, ref: GroupRef): NonNullable<InstanceGroupManager['updatePolicy']> {
  return {
    type: 'OPPORTUNISTIC',
    minimalAction: 'REPLACE',
    mostDisruptiveAllowedAction: 'REPLACE',
    ...(isRegional(ref) ? { instanceRedistributionType: redistribution(pool.spec) } : {}),
  }
}

/** Our mark first: from then on the group is ours to change. */
function takeOver({ pool }: GcpDesired, observed: GcpObservation, ref: GroupRef): readonly Action[] {
  const { description, fingerprint } = observed.group?.group ?? {}
  const marked = describe(markOf(pool), description)
  const parameters = planned('instanceGroupManagers.patch', ref, {
    body: plainJson({ fingerprint, description: marked }),
  })
  return [
    {
      ...actionBase(pool, 'Tag', 'the group is taken over from upstream', parameters),
      resource: ref.name,
      set: { description: marked },
      remove: [],
    },
  ]
}

interface Change {
  readonly shown: readonly FieldChange[]
  readonly patch: JsonObject
}

function updateGroup(desired: GcpDesired, observed: GcpObservation, ref: GroupRef): readonly Action[] {
  const live = observed.group!.group!
  return [...patchGroup(desired, observed, ref, live), ...setPorts(desired, ref, live)]
}

/** One patch for everything that differs, so that mark and settings never disagree. */
function patchGroup(
  desired: GcpDesired,
  observed: GcpObservation,
  ref: GroupRef,
  live: InstanceGroupManager,
): readonly Action[] {
  const changes = [
    ...templateChange(desired, observed, ref),
    ...policyChange(desired, observed, ref),
    ...shapeChange(desired, ref, live),
    ...settingsChange(desired, ref, live),
  ]
  if (changes.length === 0) return []
  const patch = Object.assign({}, ...changes.map((change) => change.patch)) as JsonObject
  const shown = changes.flatMap((change) => change.shown)
  const parameters = planned('instanceGroupManagers.patch', ref, {
    // A stale fingerprint is refused with 412, so that nobody's change is lost.
    body: plainJson({ fingerprint: live.fingerprint, ...patch }),
  })
  return [changing(desired, parameters, shown)]
}

function setPorts(desired: GcpDesired, ref: GroupRef, live: InstanceGroupManager): readonly Action[] {
  const change = portsChange(desired.pool.spec, live, settingsNote(parseMark(live.description)))
  if (change === undefined) return []
  const parameters = planned('instanceGroups.setNamedPorts', ref, { body: { namedPorts: change.namedPorts } })
  return [changing(desired, parameters, [change.shown])]
}

function changing(desired: GcpDesired, parameters: JsonObject, shown: readonly FieldChange[]): Action {
  const fields = shown.map(({ field }) => field).join(', ')
  const reason = `${fields} ${shown.length === 1 ? 'differs' : 'differ'}`
  return actionBase(desired.pool, 'UpdateGroup', reason, parameters, shown)
}

function templateChange(desired: GcpDesired, observed: GcpObservation, ref: GroupRef): readonly Change[] {
  if (desired.template === 'leave') return []
  const { templates, group } = observed.group!
  const from = templateNameOf(group)
  const to = desired.stamp ? stampOf(templates, from) : wantedTemplate(desired, observed)
  if (to === undefined || (to.name === from && !hasCanary(group))) return []
  // While Google replaces instances, a template that differs in content alone would make it replace all of them again.
  if (isRolling(observed) && sameRevision(templates, from, to)) return []
  const path = templatePath(ref, to.name)
  return [
    {
      shown: [{ field: 'instanceTemplate', ...(from === undefined ? {} : { from }), to: to.name }],
      patch: { versions: [{ instanceTemplate: path }], updatePolicy: plainJson(restingPolicy(desired, ref)) },
    },
  ]
}

function stampOf(templates: readonly TemplateView[], name: string | undefined): TemplateView | undefined {
  return templates.find(({ mark }) => name !== undefined && templateMark(mark)?.stamps === name)
}

function sameRevision(templates: readonly TemplateView[], from: string | undefined, to: TemplateView): boolean {
  const live = templates.find(({ name }) => name === from)
  return live !== undefined && templateMark(live.mark)?.revision === templateMark(to.mark)?.revision
}

function policyChange(desired: GcpDesired, observed: GcpObservation, ref: GroupRef): readonly Change[] {
  const live = observed.group?.group?.updatePolicy ?? {}
  const wanted = restingPolicy(desired, ref)
  // A rollout that Google runs is ended by CancelRollout, or by its success.
  if (isRolling(observed)) return []
  const differs = (field: 'type' | 'instanceRedistributionType'): boolean =>
    wanted[field] !== undefined && live[field] !== undefined && live[field] !== wanted[field]
  if (!differs('type') && !differs('instanceRedistributionType')) return []
  const shown = { field: 'updatePolicy', from: plainJson(live), to: plainJson(wanted) }
  return [{ shown: [shown], patch: { updatePolicy: plainJson(wanted) } }]
}

function shapeChange({ pool }: GcpDesired, ref: GroupRef, live: InstanceGroupManager): readonly Change[] {
  const from = live.distributionPolicy?.targetShape
  const to = targetShape(pool.spec)
  if (!isRegional(ref) || from === undefined || from === to) return []
  return [
    {
      shown: [{ field: 'spec.distribution.targetShape', from, to }],
      patch: { distributionPolicy: { targetShape: to } },
    },
  ]
}

function settingsChange({ pool }: GcpDesired, ref: GroupRef, live: InstanceGroupManager): readonly Change[] {
  const mark = parseMark(live.description)
  const formerly = settingsNote(mark)
  const changes = settingChanges(pool.spec, ref.project, live, formerly)
  // Ports that are to go are ours until they are gone: they go by a call of their own.
  const leaving = portsChange(pool.spec, live, formerly)?.namedPorts.length === 0 ? { namedPorts: [] } : {}
  const wanted = markOf(pool, settingsNotes({ ...specSettings(pool.spec, ref.project), ...leaving }))
  const unmarked = ownerByMark(pool, mark) !== 'ours' || mark?.notes['settings'] !== wanted.notes['settings']
  return [
    ...changes.map(({ patch, ...shown }): Change => ({ shown: [shown], patch })),
    ...(unmarked
      ? [
          {
            shown: [{ field: 'description', to: 'the mark of this pool' }],
            patch: { description: describe(wanted, live.description) },
          },
        ]
      : []),
  ]
}
