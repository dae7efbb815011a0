/** Runs `work` for every item, at most `limit` at a time; one failure does not stop the others. Returns what failed. */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<unknown[]> {
  const errors: unknown[] = []
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      try {
        // One worker does one thing after the other; the bound is the number of workers.
        // oxlint-disable-next-line no-await-in-loop
        await work(item)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return errors
}
