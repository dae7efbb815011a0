/** Everything that `part` says is also said by `whole`: an apply of `part` would change nothing. Lists are compared whole. */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) && whole.length === part.length && part.every((item, index) => contains(whole[index], item))
    )
  }
  if (typeof part === 'object' && part !== null) {
    if (typeof whole !== 'object' || whole === null) return false
    const fields = whole as Record<string, unknown>
    return Object.entries(part).every(([key, value]) => value === undefined || contains(fields[key], value))
  }
  return Object.is(whole, part)
}
