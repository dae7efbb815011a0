import { validationError } from '../../error.ts'
import { matchesFilters, type Filter } from '../../filters.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import { changeGroup } from './change.ts'
import { invalidNextToken, mergeTags, needLivingGroup, type RequestTag } from './validate.ts'

export function createOrUpdateTags(input: { Tags: readonly RequestTag[] }, { region }: CallContext) {
  const byGroup = Map.groupBy(input.Tags, groupNameOf)
  const changes = [...byGroup].map(([name, tags]) => ({
    name,
    tags: mergeTags(needLivingGroup(region, name).tags, tags),
  }))
  for (const { name, tags } of changes) changeGroup(region, name, (group) => ({ ...group, tags }))
  return {}
}

export function deleteTags(input: { Tags: readonly RequestTag[] }, { region }: CallContext) {
  for (const [name, tags] of Map.groupBy(input.Tags, groupNameOf)) {
    const gone = new Set(tags.map(({ Key }) => Key))
    const group = needLivingGroup(region, name)
    changeGroup(region, name, (before) => ({ ...before, tags: group.tags.filter(({ Key }) => !gone.has(Key)) }))
  }
  return {}
}

function groupNameOf({ ResourceId: name, ResourceType: type }: RequestTag): string {
  if (type !== undefined && type !== 'auto-scaling-group') throw validationError(`Invalid resource type: ${type}`)
  if (!name) throw validationError('The resource id of a tag must not be null')
  return name
}

export function describeTags(
  input: { Filters?: readonly Filter[]; MaxRecords?: number; NextToken?: string },
  { region }: CallContext,
) {
  const tags = region.autoscaling.groups
    .readAll()
    .flatMap((group) =>
      group.tags.map((tag) => ({ ResourceId: group.name, ResourceType: 'auto-scaling-group', ...tag })),
    )
    .filter((tag) =>
      matchesFilters(tag, input.Filters, {
        'auto-scaling-group': ({ ResourceId }) => [ResourceId],
        key: ({ Key }) => [Key],
        value: ({ Value }) => [Value],
        'propagate-at-launch': ({ PropagateAtLaunch }) => [String(PropagateAtLaunch)],
      }),
    )
  const { items, nextToken } = page(tags, input.NextToken, Math.min(input.MaxRecords ?? 50, 100), invalidNextToken())
  return { Tags: items, NextToken: nextToken }
}
