import { canonicalHash, parseRevision, type Action } from '@machinepool/contract'
import { actionBase, plainJson } from '@machinepool/provider-kit'

import { busy } from './busy.ts'
import { currentTemplate, isOwn, revisionOf, templateNameOf, templatesInUse } from './current-template.ts'
import type { TemplateView } from './group-view.ts'
import { instanceProperties } from './instance-template.ts'
import { describe, markOf, templateMark, templateNotes, type TemplateMark } from './marks.ts'
import { templateName } from './names.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'
import { planned } from './requests.ts'
import { readInputs } from './resolved-inputs.ts'
import { templateDrift } from './template-drift.ts'

const global = 'global'

/** A template for what is wanted, or a copy of the live one that equals it (R29). PURE. */
export function planTemplate(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  if (desired.template === 'leave' || readInputs(desired.resolved).image === undefined) return []
  const live = currentTemplate(observed.group)
  if (desired.stamp && live !== undefined) return stampTemplate(desired, observed, live)
  return wantedTemplate(desired, observed) === undefined ? createTemplate(desired, observed) : []
}

/**
 * The template that new instances are to be made from: of the wanted revision, with the wanted content. `undefined` when
 * it must be made.
 */
export function wantedTemplate(desired: GcpDesired, observed: GcpObservation): TemplateView | undefined {
  const name = wantedTemplateName(desired)
  return observed.group?.templates.find((template) => isOwn(template) && template.name === name)
}

/** The wanted template is being made. */
export function isTemplatePending(desired: GcpDesired, observed: GcpObservation): boolean {
  if (desired.template === 'leave' || readInputs(desired.resolved).image === undefined) return false
  return busy(desired, observed).templates.has(wantedTemplateName(desired))
}

function marksOf({ revision, resolved, bootstrap }: GcpDesired): TemplateMark {
  const { image = '', imageKey } = readInputs(resolved)
  return { revision, bootstrap: bootstrap?.contentHash ?? '', imageKey, image }
}

/** The name says what is in it: revision, and everything else, such as labels and the content of the bootstrap data. */
export function wantedTemplateName(desired: GcpDesired): string {
  const { pool, resolved, revision } = desired
  const content = canonicalHash([
    plainJson(instanceProperties(pool, readInputs(resolved))),
    { ...marksOf(desired), revision: '' },
  ])
  return templateName(pool, parseRevision(revision)?.hash ?? '', content)
}

function createTemplate(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const { pool, resolved, revision, bootstrap } = desired
  const name = wantedTemplateName(desired)
  if (busy(desired, observed).templates.has(name)) return []
  const parameters = planned(
    'instanceTemplates.insert',
    { scope: global, name },
    {
      body: {
        name,
        description: describe(markOf(pool, templateNotes(marksOf(desired)))),
        properties: instanceProperties(pool, readInputs(resolved)),
      },
    },
  )
  const live = currentTemplate(observed.group)
  const base = actionBase(
    pool,
    'CreateTemplate',
    reasonFor(desired, observed, live),
    parameters,
    driftOf(desired, live),
  )
  return [{ ...base, revision, bootstrap: bootstrap?.data }]
}

function driftOf(desired: GcpDesired, live: TemplateView | undefined) {
  return live?.properties === undefined ? [] : templateDrift(desired, live)
}

function reasonFor(desired: GcpDesired, observed: GcpObservation, live: TemplateView | undefined): string {
  if (live === undefined) return 'there is no instance template'
  if (revisionOf(live.name, observed.group?.templates ?? []) !== desired.revision) {
    return 'what instances are made from has changed'
  }
  return templateMark(live.mark)?.bootstrap === (desired.bootstrap?.contentHash ?? '')
    ? 'labels of instances have changed; no instance is replaced'
    : 'the bootstrap data has new content; no instance is replaced'
}

/**
 * Templates cannot be changed, so the mark goes on a copy of the live template under a name of ours. The group moves on to
 * it, and instances made from the original count as made from the copy.
 */
function stampTemplate(desired: GcpDesired, observed: GcpObservation, live: TemplateView): readonly Action[] {
  const { pool, revision } = desired
  if (revisionOf(live.name, observed.group?.templates ?? []) === revision) return []
  const name = templateName(pool, parseRevision(revision)?.hash ?? '', canonicalHash(['stamp', live.name]))
  if (busy(desired, observed).templates.has(name)) return []
  const mark = { ...marksOf(desired), bootstrap: live.bootstrapHash ?? '', stamps: live.name }
  const parameters = planned(
    'instanceTemplates.insert',
    { scope: global, name },
    { body: { name, description: describe(markOf(pool, templateNotes(mark))) } },
  )
  return [
    {
      ...actionBase(pool, 'StampTemplate', `template ${live.name} equals what is wanted`, parameters),
      template: live.name,
      revision,
    },
  ]
}

/** Deletes own templates that neither the group, nor any instance, nor the wish needs any more. PURE. */
export function planTemplateCleanup(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const view = observed.group
  if (desired.template === 'leave' || view === undefined || !observed.exists) return []
  // Until the group has moved on to what is wanted, older templates may still be needed.
  const current = templateNameOf(view.group)
  const wanted = wantedTemplate(desired, observed)
  if (wanted === undefined || wanted.name !== current) return []
  const used = new Set([
    ...templatesInUse(view.group),
    ...observed.instances.flatMap(({ templateId }) => (templateId === undefined ? [] : [templateId])),
  ])
  const { templates } = busy(desired, observed)
  return view.templates
    .filter((template) => isOwn(template) && template.inUse !== true && !used.has(template.name))
    .filter((template) => !templates.has(template.name) && !used.has(templateMark(template.mark)?.stamps ?? ''))
    .map((template) => deleteTemplate(desired, template, 'nothing is made from it any more'))
}

export function deleteTemplate({ pool }: GcpDesired, { name }: TemplateView, reason: string): Action {
  const parameters = planned('instanceTemplates.delete', { scope: global, name })
  return { ...actionBase(pool, 'DeleteTemplate', reason, parameters), template: name }
}
