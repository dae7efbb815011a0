import { AwsError } from './error.ts'

/** One page of a listing. The token carries the offset, so that it stays valid whatever happens in between. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
  invalidToken: AwsError,
): { items: T[]; nextToken?: string } {
  let start = 0
  if (token !== undefined) {
    start = Number(
      Buffer.from(token, 'base64url')
        .toString()
        .replace(/^offset:/, ''),
    )
    if (!Number.isInteger(start) || start <= 0) throw invalidToken
  }
  const end = start + size
  const result = items.slice(start, end)
  if (end >= items.length) return { items: result }
  return { items: result, nextToken: Buffer.from(`offset:${end}`).toString('base64url') }
}
