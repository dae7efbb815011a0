import { setImmediate } from 'node:timers/promises'

import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  Patch,
  RequestOptions,
  SendOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import { createHttp, type HttpRequest, type RequestObservation } from './http.ts'
import type { ClusterConfig } from './kubeconfig/config.ts'
import { ListDecoder } from './list-decoder.ts'
import type { KubeObject, ObjectKey, Resource } from './object.ts'
import type { RateLimit } from './rate-limiter.ts'
import { apiVersionOf, resourcePath } from './resource-path.ts'
import { createTimeSlice } from './slice.ts'
import { readWatchStream } from './watch-stream.ts'

export interface ClientOptions {
  /** Value of `User-Agent`; the part before the first `/` is the default field manager of the server. */
  readonly userAgent?: string
  /** Field manager of every write that names none. */
  readonly fieldManager?: string
  /** Deadline of one request in milliseconds, retries included. Default 30 000; lists have twice as long. Watches have none. */
  readonly timeoutMs?: number
  /** Told about every answer, for metrics. */
  readonly onRequest?: (observation: RequestObservation) => void
  /** Requests beyond it wait for their turn, watches included. Default: no limit but the server's own. */
  readonly rateLimit?: RateLimit
}

const patchTypes: Record<Patch['type'], string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML; every server takes this one.
  apply: 'application/apply-patch+yaml',
}

/** Opens nothing yet: the first request connects. */
export function createClient(config: ClusterConfig, options: ClientOptions = {}): Client {
  const timeoutMs = options.timeoutMs ?? 30_000
  const http = createHttp(config, {
    userAgent: options.userAgent ?? 'machinepool',
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
    ...(options.rateLimit === undefined ? {} : { rateLimit: options.rateLimit }),
  })

  async function exchange(request: HttpRequest): Promise<unknown> {
    const answer = await http.send({ timeoutMs, ...request })
    try {
      const text = await answer.body.text()
      return text === '' ? undefined : parseBody(text)
    } catch (error) {
      throw answer.explain(error)
    } finally {
      answer.done()
    }
  }

  function writeQuery(write: WriteOptions): URLSearchParams {
    const fieldManager = write.fieldManager ?? options.fieldManager
    return query({
      fieldManager,
      dryRun: write.dryRun === true ? 'All' : undefined,
      fieldValidation: write.fieldValidation,
    })
  }

  return {
    async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, { signal }: { signal?: AbortSignal } = {}) {
      return (await exchange({ method: 'GET', path: resourcePath(resource, key), signal })) as T
    },

    async list<T extends KubeObject>(resource: Resource<T>, list: ListOptions<T> = {}) {
      const answer = await http.send({
        method: 'GET',
        path: resourcePath(resource, { namespace: list.namespace }),
        query: query({
          labelSelector: list.labelSelector,
          fieldSelector: list.fieldSelector,
          limit: list.limit,
          continue: list.continue,
          resourceVersion: list.resourceVersion,
        }),
        signal: list.signal,
        timeoutMs: timeoutMs * 2,
      })
      try {
        return await readList(resource, answer.body as AsyncIterable<Buffer>, list.onItem)
      } catch (error) {
        throw answer.explain(error)
      } finally {
        answer.done()
      }
    },

    async create<T extends KubeObject>(resource: Resource<T>, object: T, write: WriteOptions = {}) {
      const { namespace, name } = object.metadata
      const target =
        write.subresource === undefined || name === undefined
          ? { namespace }
          : { namespace, name, subresource: write.subresource }
      return (await exchange({
        method: 'POST',
        path: resourcePath(resource, requireNamespace(resource, target)),
        query: writeQuery(write),
        body: object,
        ...sendOptions(write),
      })) as T
    },

    async update<T extends KubeObject>(resource: Resource<T>, object: T, write: WriteOptions = {}) {
      const { namespace, name } = object.metadata
      if (name === undefined) {
        throw new TypeError(`update of a ${resource.kind}: metadata.name is missing`)
      }
      return (await exchange({
        method: 'PUT',
        path: resourcePath(resource, requireNamespace(resource, { namespace, name, ...subresourceOf(write) })),
        query: writeQuery(write),
        body: object,
        ...sendOptions(write),
      })) as T
    },

    async patch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, patch: Patch, write: WriteOptions = {}) {
      const parameters = writeQuery(write)
      if (patch.type === 'apply') {
        if (!parameters.has('fieldManager')) {
          throw new TypeError('server-side apply needs a fieldManager')
        }
        if (patch.force === true) {
          parameters.set('force', 'true')
        }
      }
      return (await exchange({
        method: 'PATCH',
        path: resourcePath(resource, requireNamespace(resource, { ...key, ...subresourceOf(write) })),
        query: parameters,
        body: patch.body,
        contentType: patchTypes[patch.type],
        ...sendOptions(write),
      })) as T
    },

    async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, deletion: DeleteOptions = {}) {
      const { propagationPolicy, gracePeriodSeconds, preconditions, dryRun } = deletion
      await exchange({
        method: 'DELETE',
        path: resourcePath(resource, requireNamespace(resource, key)),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
          ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
          ...(preconditions === undefined ? {} : { preconditions }),
          ...(dryRun === true ? { dryRun: ['All'] } : {}),
        },
        ...sendOptions(deletion),
      })
    },

    async *watch<T extends KubeObject>(resource: Resource<T>, watch: WatchOptions): AsyncGenerator<WatchEvent<T>> {
      const path = resourcePath(resource, { namespace: watch.namespace })
      if (watch.signal.aborted) {
        return
      }
      let answer
      try {
        answer = await http.send({
          method: 'GET',
          path,
          query: query({
            watch: 'true',
            allowWatchBookmarks: 'true',
            labelSelector: watch.labelSelector,
            fieldSelector: watch.fieldSelector,
            resourceVersion: watch.resourceVersion,
            timeoutSeconds: watch.timeoutSeconds,
            ...(watch.sendInitialEvents === true
              ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
              : {}),
          }),
          signal: watch.signal,
        })
        yield* readWatchStream<T>(answer.body as AsyncIterable<Buffer>, `watch ${path}`)
      } catch (error) {
        if (watch.signal.aborted) {
          return
        }
        throw answer?.explain(error) ?? error
      } finally {
        // Leaving the loop early must not leave the connection behind.
        answer?.body.destroy()
      }
    },

    async createSubresource(resource, key, subresource, body, sending: SendOptions = {}) {
      return exchange({
        method: 'POST',
        path: resourcePath(resource, requireNamespace(resource, { ...key, subresource })),
        body,
        // 429 is the answer of an eviction that a PodDisruptionBudget forbids: the caller decides when to ask again.
        retry: false,
        ...sendOptions(sending),
      })
    },

    async request(method: string, path: string, body?: object, { accept, ...sending }: RequestOptions = {}) {
      return exchange({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(accept === undefined ? {} : { accept }),
        ...sendOptions(sending),
      })
    },

    close: () => http.close(),
  }
}

/** Reads a list item by item, giving way to the event loop in between. */
async function readList<T extends KubeObject>(
  resource: Resource<T>,
  body: AsyncIterable<Buffer>,
  onItem: ((item: T) => void) | undefined,
): Promise<ListResult<T>> {
  const decoder = new ListDecoder()
  const slice = createTimeSlice()
  const items: T[] = []
  const take = onItem ?? ((item) => items.push(item))
  for await (const chunk of body) {
    for (const text of decoder.push(chunk)) {
      take(complete(resource, JSON.parse(text.toString('utf8')) as T))
      if (slice.due()) {
        await slice.yield()
      }
    }
  }
  await setImmediate()
  const list = decoder.finish() as { metadata?: Record<string, unknown> }
  const { resourceVersion, continue: next, remainingItemCount } = list.metadata ?? {}
  return {
    items,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    ...(typeof next === 'string' && next !== '' ? { continue: next } : {}),
    ...(typeof remainingItemCount === 'number' ? { remainingItemCount } : {}),
  }
}

/** Items of a typed list carry no apiVersion and kind; an object alone must. */
function complete<T extends KubeObject>(resource: Resource<T>, item: T): T {
  item.apiVersion ??= apiVersionOf(resource)
  item.kind ??= resource.kind
  return item
}

function parseBody(text: string): unknown {
  const first = text.trimStart()[0]
  // `/healthz` and the like answer in plain text.
  return first === '{' || first === '[' ? (JSON.parse(text) as unknown) : text
}

function query(parameters: Record<string, string | number | undefined>): URLSearchParams {
  const result = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') {
      result.set(name, String(value))
    }
  }
  return result
}

function sendOptions({ signal, beforeSend }: SendOptions): SendOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(beforeSend === undefined ? {} : { beforeSend }) }
}

function subresourceOf({ subresource }: WriteOptions): { subresource?: string } {
  return subresource === undefined ? {} : { subresource }
}

function requireNamespace<T extends KubeObject, Target extends { readonly namespace?: string | undefined }>(
  resource: Resource<T>,
  target: Target,
): Target {
  if (resource.namespaced && (target.namespace === undefined || target.namespace === '')) {
    throw new TypeError(`${resource.kind} is namespaced: a namespace is missing`)
  }
  return target
}
