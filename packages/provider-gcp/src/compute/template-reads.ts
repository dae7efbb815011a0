import { createHash } from 'node:crypto'

import { ProviderError, type PoolRef } from '@machinepool/contract'

import type { TemplateView } from '../machine-pool/group-view.ts'
import { userDataKey } from '../machine-pool/instance-template.ts'
import { ownerByMark, parseMark, templateMark } from '../machine-pool/marks.ts'
import { templatePrefix } from '../machine-pool/names.ts'
import { pages } from './pages.ts'
import type { GcpProject } from './project.ts'
import type { InstanceTemplate } from './resources.ts'

/** Without the properties: the bootstrap data in them is large, and a secret. */
const listedFields = 'items(name,description,creationTimestamp),nextPageToken'

/** The pool's own templates: by the beginning of their name, and by their mark. */
export async function readOwnTemplates(
  project: GcpProject,
  pool: PoolRef<unknown>,
  signal: AbortSignal,
): Promise<readonly TemplateView[]> {
  const prefix = templatePrefix(pool)
  const query = { filter: `name eq "${prefix}.*"`, fields: listedFields }
  const templates: TemplateView[] = []
  for await (const { items = [] } of pages(project, 'instanceTemplates.list', { query }, signal)) {
    for (const item of items) {
      const mark = parseMark(item.description)
      if (item.name?.startsWith(prefix) !== true || ownerByMark(pool, mark) !== 'ours' || mark === undefined) continue
      const bootstrapHash = templateMark(mark)?.bootstrap
      templates.push({
        name: item.name,
        mark,
        ...createdAt(item),
        ...(bootstrapHash === undefined || bootstrapHash === '' ? {} : { bootstrapHash }),
      })
    }
  }
  return templates.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** One template, whole but for the bootstrap data, of which only the hash is kept (R20). */
export async function readTemplate(
  project: GcpProject,
  name: string,
  signal: AbortSignal,
): Promise<TemplateView | undefined> {
  try {
    return templateView(await project.call('instanceTemplates.get', { name }, signal))
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'NotFound') return undefined
    throw error
  }
}

function templateView(template: InstanceTemplate): TemplateView {
  const { metadata, ...properties } = template.properties ?? {}
  const items = metadata?.items ?? []
  const userData = items.find(({ key }) => key === userDataKey)?.value
  const mark = parseMark(template.description)
  return {
    name: template.name ?? '',
    ...(mark === undefined ? {} : { mark }),
    ...createdAt(template),
    ...(userData === undefined ? {} : { bootstrapHash: createHash('sha256').update(userData).digest('hex') }),
    properties: { ...properties, metadata: { items: items.filter(({ key }) => key !== userDataKey) } },
  }
}

function createdAt({ creationTimestamp }: InstanceTemplate): Pick<TemplateView, 'createdAt'> {
  const time = Date.parse(creationTimestamp ?? '')
  return Number.isNaN(time) ? {} : { createdAt: time }
}
