import { AutoScalingClient, type AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling'
import type { Client } from '@machinepool/kube'
import type { MemoryApi } from '@machinepool/runtime/testing'

import type { Life, Lifeline, Where } from '../../../bench/src/aws/life.ts'

/** Where a process ends: at write `number` (from 0) to one of its three neighbours, before the write takes effect or after. */
export interface End {
  readonly where: Where
  readonly number: number
  readonly effect: 'before' | 'after'
}

export interface CountingLifeline extends Lifeline {
  /** Writes so far, of all processes. */
  readonly writes: Readonly<Record<Where, readonly string[]>>
  /** How many processes have ended. */
  readonly deaths: number
}

const reads = /^(?:Describe|Get)/

/** @param end where the first process ends; `undefined`: it only counts */
export function createLifeline(end: End | undefined): CountingLifeline {
  const writes: Record<Where, string[]> = { cloud: [], management: [], workload: [] }
  let deaths = 0

  function begin(): Life {
    let ended = false

    const alive = (): void => {
      if (ended) throw new Error('the process has ended')
    }

    async function write<T>(where: Where, what: string, effect: () => Promise<T>): Promise<T> {
      alive()
      const isLast = deaths === 0 && end?.where === where && end.number === writes[where].length
      if (isLast && end.effect === 'before') die()
      writes[where].push(what)
      const result = await effect()
      if (isLast) die()
      return result
    }

    function die(): never {
      ended = true
      deaths += 1
      throw new Error('the process ends here')
    }

    return {
      get ended() {
        return ended
      },
      handler: wire(alive, (operation, send) => write('cloud', operation, send)),
      api(api, where) {
        const record = (what: string, effect: () => Promise<unknown>) => write(where, what, effect)
        // A view that differs in its client alone.
        return Object.create(api, { client: { value: watched(api.client, alive, record) } }) as MemoryApi
      },
    }
  }

  return {
    begin,
    writes,
    get deaths() {
      return deaths
    },
  }
}

type Write = (what: string, effect: () => Promise<unknown>) => Promise<unknown>

const verbs = ['create', 'update', 'patch', 'delete', 'createSubresource'] as const

function watched(client: Client, alive: () => void, write: Write): Client {
  const changing = verbs.map((verb) => {
    const call = (...sent: readonly unknown[]) => {
      const [{ plural }, key] = sent as [{ plural: string }, { name?: string }]
      const effect = () => (client[verb] as (...all: readonly unknown[]) => Promise<unknown>)(...sent)
      return write(`${verb} ${plural}/${key.name ?? ''}`, effect)
    }
    return [verb, call] as const
  })
  const reading = (['get', 'list', 'request'] as const).map((verb) => {
    const call = (...sent: readonly unknown[]) => {
      alive()
      return (client[verb] as (...all: readonly unknown[]) => Promise<unknown>)(...sent)
    }
    return [verb, call] as const
  })
  return { ...client, ...Object.fromEntries([...changing, ...reading]) }
}

type Handler = ReturnType<typeof sdkHandler>

function sdkHandler() {
  const config: AutoScalingClientConfig = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDBENCH', secretAccessKey: 'secret' },
  }
  return new AutoScalingClient(config).config.requestHandler
}

/** The SDK's own way to send HTTP, with every write as a boundary; AWS's query protocol names the operation in the body. */
function wire(
  alive: () => void,
  write: (operation: string, send: () => Promise<unknown>) => Promise<unknown>,
): Handler {
  const inner = sdkHandler()
  const handle: Handler['handle'] = (request, options) => {
    const send = () => inner.handle(request, options)
    const operation = new URLSearchParams(String(request.body)).get('Action') ?? 'Get'
    if (!reads.test(operation)) return write(operation, send) as ReturnType<typeof send>
    alive()
    return send()
  }
  return {
    handle,
    destroy: () => inner.destroy?.(),
    metadata: inner.metadata ?? { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  }
}
