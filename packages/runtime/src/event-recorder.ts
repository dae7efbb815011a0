import { createHash } from 'node:crypto'

import {
  events,
  isNotFound,
  type Client,
  type Clock,
  type Event,
  type KubeObject,
  type ObjectKey,
} from '@machinepool/kube'
import type { Logger } from 'pino'

import type { EventRecorder } from './events.ts'

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** Who speaks: `source.component` and `reportingComponent`. */
  readonly component: string
  /** Which process of it: `reportingInstance`. */
  readonly instance?: string
}

export interface RunnableEventRecorder extends EventRecorder {
  /** Resolves when everything recorded by now has been written or given up. */
  flush(): Promise<void>
}

/** Distinct events remembered for folding. */
const mostRemembered = 4096
/** Different messages of one reason for one object, after which they are folded into one event. client-go's value. */
const mostSimilar = 10
/** After this long in milliseconds an event is a new one. client-go's value. */
const aggregationMs = 600_000
/** Events waiting to be written; more are dropped. */
const mostWaiting = 1000
/** The server refuses longer messages. */
const longestMessage = 1024
/** Events of one object: this many at once, then one more every five minutes. client-go's values. */
const burst = 25
const refillMs = 300_000

interface Remembered {
  readonly key: ObjectKey
  count: number
  lastAt: number
}

interface Similar {
  readonly messages: Set<string>
  lastAt: number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * Repeated events (same object, type, reason and message) raise a count; many different messages of one reason fold into
 * one "(combined from similar events)"; an object that produces events without end is cut short.
 */
export function createEventRecorder(options: EventRecorderOptions): RunnableEventRecorder {
  const { clock, client, log } = options
  const remembered = new Map<string, Remembered>()
  const similar = new Map<string, Similar>()
  const buckets = new Map<string, Bucket>()
  let waiting = 0
  let written: Promise<void> = Promise.resolve()

  function admit(object: string): boolean {
    const now = clock.now()
    const known = buckets.get(object) ?? { tokens: burst, at: now }
    const bucket = { tokens: Math.min(burst, known.tokens + (now - known.at) / refillMs), at: now }
    remember(buckets, object, bucket)
    if (bucket.tokens < 1) {
      return false
    }
    bucket.tokens -= 1
    return true
  }

  /** The message to write: the given one, or one for all when there have been too many different ones. */
  function fold(group: string, message: string): string {
    const now = clock.now()
    const known = similar.get(group)
    const entry =
      known === undefined || now - known.lastAt > aggregationMs ? { messages: new Set<string>(), lastAt: now } : known
    entry.lastAt = now
    entry.messages.add(message)
    remember(similar, group, entry)
    return entry.messages.size > mostSimilar ? `(combined from similar events): ${message}` : message
  }

  async function write(regarding: KubeObject, type: string, reason: string, message: string): Promise<void> {
    const group = [regarding.metadata.uid ?? '', objectName(regarding), type, reason].join('\n')
    const text = fold(group, message)
    // All combined events of a group are one event, whose message changes.
    const identity = text === message ? `${group}\n${message}` : group
    const now = clock.now()
    const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
    const known = remembered.get(identity)
    if (known !== undefined && now - known.lastAt <= aggregationMs) {
      known.count++
      known.lastAt = now
      const body = { count: known.count, lastTimestamp: time, message: text }
      try {
        await client.patch(events, known.key, { type: 'merge', body })
        return
      } catch (error) {
        // The server forgets events after an hour.
        if (!isNotFound(error)) {
          throw error
        }
      }
    }
    const event = createEvent(options, regarding, { type, reason, message: text, time, now, identity })
    const { namespace = 'default', name = '' } = event.metadata
    remember(remembered, identity, { key: { namespace, name }, count: 1, lastAt: now })
    await client.create(events, event)
  }

  return {
    event(regarding, type, reason, message) {
      if (waiting >= mostWaiting || !admit(`${regarding.kind} ${objectName(regarding)}`)) {
        log.debug({ reason, object: objectName(regarding) }, 'event dropped: too many')
        return
      }
      waiting++
      const short = message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message
      // One after the other: a count must not overtake the event that it counts.
      written = written
        .then(() => write(regarding, type, reason, short))
        .catch((error: unknown) => {
          log.warn({ err: error, reason, object: objectName(regarding) }, 'event not written')
        })
        .finally(() => {
          waiting--
        })
    },
    flush: () => written,
  }
}

interface EventText {
  readonly type: string
  readonly reason: string
  readonly message: string
  /** RFC 3339. */
  readonly time: string
  readonly now: number
  readonly identity: string
}

function createEvent(options: EventRecorderOptions, regarding: KubeObject, text: EventText): Event {
  const { namespace, name = '', uid, resourceVersion } = regarding.metadata
  const suffix = createHash('sha256').update(`${text.identity}\n${text.now}`).digest('hex').slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 200)}.${suffix}`, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: text.type,
    reason: text.reason,
    message: text.message,
    count: 1,
    firstTimestamp: text.time,
    lastTimestamp: text.time,
    source: { component: options.component },
    reportingComponent: options.component,
    reportingInstance: options.instance ?? options.component,
  }
}

function objectName({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? (metadata.name ?? '') : `${metadata.namespace}/${metadata.name ?? ''}`
}

/** Puts it last; forgets the oldest when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > mostRemembered) {
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
}
