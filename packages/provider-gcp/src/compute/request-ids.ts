import { randomUUID, createHash } from 'node:crypto'

/**
 * `requestId` of a write: Google ignores a write whose id it has seen within the last hour, also when the first one had
 * failed. So a retry of one intent keeps its id, and the next intent needs another one, even when it looks the same
 * (3 → 4 → 3 → 4 instances, a template made again after it was deleted).
 * https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/deleteInstances
 */
export interface RequestIds {
  /**
   * @param once the key can never stand for another intent, because it names lives of instances: its id is the same in
   * every process. Other writes are harmless when a new process repeats them, and get an id of this process.
   */
  of(idempotencyKey: string, once: boolean): string
  /** The answer is known: the same key stands for another intent from now on. */
  answered(idempotencyKey: string): void
}

/** More intents than are ever open at once. */
const remembered = 10_000

export function createRequestIds(): RequestIds {
  const salt = randomUUID()
  const answers = new Map<string, number>()
  return {
    of(key, once) {
      return uuid(JSON.stringify([once ? '' : salt, key, answers.get(key) ?? 0]))
    },
    answered(key) {
      const count = (answers.get(key) ?? 0) + 1
      answers.delete(key)
      answers.set(key, count)
      const [oldest] = answers.keys()
      if (answers.size > remembered && oldest !== undefined) answers.delete(oldest)
    },
  }
}

/** A UUID of version 8 (RFC 9562: of the implementation's own making) out of a hash. */
function uuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
