import { parseRevision } from '@machinepool/contract'

import type { InstanceGroupManager } from '../compute/resources.ts'
import type { GcpGroup, TemplateView } from './group-view.ts'
import { templateMark } from './marks.ts'
import { lastPart } from './names.ts'

/** Scheme of the revisions in this release; it changes when the meaning of the hashed value changes. */
export const revisionScheme = '1'

/** Name of the template that new instances are made from. `versions` wins over the older field. */
export function templateNameOf(group: InstanceGroupManager | undefined): string | undefined {
  const versions = group?.versions ?? []
  // Exactly one version has no size of its own: the rest. Google shows what it has `calculated` for that one as well.
  const rest = versions.filter(
    ({ targetSize = {} }) => targetSize.fixed === undefined && targetSize.percent === undefined,
  )
  const only = rest.length === 1 ? rest[0] : undefined
  const link = only?.instanceTemplate ?? group?.instanceTemplate ?? versions[0]?.instanceTemplate
  return link === undefined || link === '' ? undefined : lastPart(link)
}

/** Some of the new instances are made from another template: somebody tries a version out. */
export function hasCanary(group: InstanceGroupManager | undefined): boolean {
  return (group?.versions ?? []).length > 1
}

/** Names of all templates that the group refers to. */
export function templatesInUse(group: InstanceGroupManager | undefined): ReadonlySet<string> {
  const links = [group?.instanceTemplate, ...(group?.versions ?? []).map(({ instanceTemplate }) => instanceTemplate)]
  return new Set(links.filter((link) => link !== undefined && link !== '').map(lastPart))
}

export function currentTemplate(view: Pick<GcpGroup, 'group' | 'templates'> | undefined): TemplateView | undefined {
  const name = templateNameOf(view?.group)
  return name === undefined ? undefined : view?.templates.find((template) => template.name === name)
}

/**
 * The revision of the template of that name: written in it, or in the copy of it that we made when we took it over, also
 * when the original is not read any more (R29).
 */
export function revisionOf(name: string, templates: readonly TemplateView[]): string | undefined {
  const marks = templates.map((template) => ({ name: template.name, mark: templateMark(template.mark) }))
  const own = marks.find((template) => template.name === name)?.mark?.revision
  const stamp = marks.find(({ mark }) => mark?.stamps === name)?.mark?.revision
  return [own, stamp].find((revision) => parseRevision(revision ?? '')?.scheme === revisionScheme)
}

/** Made by us for this pool; `templates` holds no others with a mark of the pool. */
export function isOwn(template: TemplateView): boolean {
  return template.mark !== undefined
}
