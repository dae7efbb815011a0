import type { Instance as SdkInstance } from '@aws-sdk/client-ec2'
import { ProviderError, type Clock, type EpochMillis, type Instance, type Io } from '@machinepool/contract'
import { createSnapshotReader } from '@machinepool/provider-kit'

import type { AwsSession } from './session.ts'

/** What EC2 knows of an instance and Auto Scaling does not list. It does not change while the instance lives. */
export type InstanceFacts = Pick<Instance, 'createdAt' | 'addresses'>

export interface InstanceFactsReader {
  /** Facts that are known by now. They are a detail that nothing waits for: a failure leaves them out. */
  of(session: AwsSession, ids: readonly string[], io: Io): Promise<ReadonlyMap<string, InstanceFacts>>
  close(): Promise<void>
}

const minutes = 60_000
/** An instance that stays for so long is asked about, once; with all others of that moment in one call. */
const settledMs = minutes
/** After an answer without the instance, or no answer at all. */
const pauseMs = 15 * minutes
const instancesPerCall = 100
const rememberedInstances = 20_000

export function createInstanceFacts(clock: Clock): InstanceFactsReader {
  const known = new Map<string, InstanceFacts>()
  /** When to ask about an instance, at the earliest. */
  const dueAt = new Map<string, EpochMillis>()
  const reader = createSnapshotReader<AwsSession, SdkInstance>({
    name: 'DescribeInstances',
    clock,
    bucketOf: ({ identity, region }) => JSON.stringify([identity, region]),
    maximumKeys: instancesPerCall,
    read: readInstances,
  })

  const ask = async (session: AwsSession, id: string, io: Io): Promise<void> => {
    const key = keyOf(session, id)
    dueAt.set(key, clock.now() + pauseMs)
    try {
      const { value } = await reader.get(session, id, io)
      if (value === undefined) return
      dueAt.delete(key)
      remember(known, key, factsOf(value))
    } catch (error) {
      if (!ProviderError.is(error)) throw error
      io.log.debug('instances could not be described', { code: error.code })
    }
  }

  return {
    async of(session, ids, io) {
      const unknown = ids.filter((id) => !known.has(keyOf(session, id)))
      for (const id of unknown) {
        const key = keyOf(session, id)
        if (!dueAt.has(key)) remember(dueAt, key, clock.now() + settledMs)
      }
      const due = unknown.filter((id) => clock.now() >= (dueAt.get(keyOf(session, id)) ?? Infinity))
      await Promise.all(due.map((id) => ask(session, id, io)))
      return new Map(
        ids.flatMap((id) => {
          const facts = known.get(keyOf(session, id))
          return facts === undefined ? [] : [[id, facts] as const]
        }),
      )
    },
    close: () => reader.close(),
  }
}

function keyOf({ identity, region }: AwsSession, id: string): string {
  return JSON.stringify([identity, region, id])
}

/** The oldest entries make room; their instances have long been gone. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > rememberedInstances && oldest !== undefined) map.delete(oldest)
}

/** By filter, not by id: DescribeInstances refuses the whole call when one of the ids does not exist. */
async function readInstances(
  session: AwsSession,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly (SdkInstance | undefined)[]> {
  const found = new Map<string, SdkInstance>()
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeInstances',
      {
        Filters: [{ Name: 'instance-id', Values: [...ids] }],
        ...(NextToken === undefined ? {} : { NextToken }),
      },
      signal,
    )
    for (const { Instances = [] } of page.Reservations ?? []) {
      for (const instance of Instances) found.set(instance.InstanceId ?? '', instance)
    }
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return ids.map((id) => found.get(id))
}

function factsOf(instance: SdkInstance): InstanceFacts {
  const addresses = [
    ['InternalIP', instance.PrivateIpAddress],
    ['ExternalIP', instance.PublicIpAddress],
    ['InternalDNS', instance.PrivateDnsName],
    ['ExternalDNS', instance.PublicDnsName],
  ] as const
  return {
    addresses: addresses.flatMap(([type, address]) =>
      address === undefined || address === '' ? [] : [{ type, address }],
    ),
    ...(instance.LaunchTime === undefined ? {} : { createdAt: instance.LaunchTime.getTime() }),
  }
}
