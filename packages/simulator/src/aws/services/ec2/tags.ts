import type { Tag } from '../../filters.ts'

/** Tags with some set or replaced. */
export function withTags(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map([...tags, ...added].map(({ Key, Value }) => [Key, Value]))
  return [...byKey].map(([Key, Value]) => ({ Key, Value: Value ?? '' }))
}

/** Tags that a request gives for resources of one type. */
export function tagsFor(
  specifications: readonly { readonly ResourceType?: string; readonly Tags?: readonly Tag[] }[] | undefined,
  resourceType: string,
): Tag[] {
  return withTags(
    [],
    (specifications ?? []).filter((one) => one.ResourceType === resourceType).flatMap((one) => one.Tags ?? []),
  )
}
