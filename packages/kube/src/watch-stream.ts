import type { WatchEvent } from './client.ts'
import { ApiError, ConnectionError, type Status } from './errors.ts'
import { LineSplitter } from './lines.ts'
import type { KubeObject } from './object.ts'
import { createTimeSlice } from './slice.ts'

/** Marks the bookmark after the last of the initial events (KEP-3157). */
const initialEventsEnd = 'k8s.io/initial-events-end'

interface Frame {
  readonly type: string
  readonly object: unknown
}

/**
 * The events in a watch stream: one JSON text per line. Lets the event loop breathe while it works through a burst.
 *
 * Throws `ApiError` for an event of type `ERROR` (such as 410), `ConnectionError` for a frame that is cut off or no JSON.
 */
export async function* readWatchStream<T extends KubeObject>(
  body: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<WatchEvent<T>> {
  const lines = new LineSplitter()
  const slice = createTimeSlice()
  for await (const chunk of body) {
    for (const line of lines.push(chunk)) {
      yield decode<T>(line, name)
      if (slice.due()) {
        await slice.yield()
      }
    }
  }
  const rest = lines.rest()
  if (rest.length > 0) {
    yield decode<T>(rest, name)
  }
}

function decode<T extends KubeObject>(line: Buffer, name: string): WatchEvent<T> {
  let frame: Frame
  try {
    frame = JSON.parse(line.toString('utf8')) as Frame
  } catch (error) {
    throw new ConnectionError(`${name}: a watch event is not JSON`, { cause: error, code: 'malformed' })
  }
  const object = frame.object as T
  switch (frame.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (typeof object?.metadata?.name !== 'string') {
        throw new ConnectionError(`${name}: a watch event has no object`, { code: 'malformed' })
      }
      return { type: frame.type, object }
    case 'BOOKMARK':
      return {
        type: 'BOOKMARK',
        resourceVersion: object?.metadata?.resourceVersion ?? '',
        initialEventsEnd: object?.metadata?.annotations?.[initialEventsEnd] === 'true',
      }
    case 'ERROR': {
      const status = (frame.object ?? {}) as Status
      throw new ApiError(status.code ?? 500, status, name)
    }
    default:
      throw new ConnectionError(`${name}: a watch event has the unknown type ${JSON.stringify(frame.type)}`, {
        code: 'malformed',
      })
  }
}
