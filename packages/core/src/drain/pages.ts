import type { Client, KubeObject, ListOptions, Resource } from '@machinepool/kube'

/** As many as kubectl asks for at a time; a page of the largest objects stays far below the server's limits. */
const pageSize = 500

/** Every object of a listing, page by page, so that no answer is larger than a server likes to give. */
export async function listPaged<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  options: Omit<ListOptions, 'limit' | 'continue'>,
): Promise<readonly T[]> {
  const items: T[] = []
  let next: string | undefined
  do {
    // One page after the other: the next one's token is in this one.
    // oxlint-disable-next-line no-await-in-loop
    const page = await client.list(resource, {
      ...options,
      limit: pageSize,
      ...(next !== undefined && { continue: next }),
    })
    items.push(...page.items)
    next = page.continue
  } while (next !== undefined)
  return items
}
