import { ProviderError, type Clock, type Io } from '@machinepool/contract'
import { createLookupCache } from '@machinepool/provider-kit'

import type { AwsSession } from './session.ts'

/** A notice comes two minutes before the end, so half a minute of it may be lost. */
const maxAgeMs = 30_000

/**
 * EC2's words for spot requests whose instance it will take.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
const announced = ['marked-for-termination', 'marked-for-stop']

/** Spot instances that EC2 has announced to take: one call for all pools of an identity and region. */
export interface Interruptions {
  /** Ids of instances. A detail that nothing waits for: a failure leaves them out. */
  of(session: AwsSession, io: Io): Promise<ReadonlySet<string>>
}

export function createInterruptions(clock: Clock): Interruptions {
  const cache = createLookupCache<ReadonlySet<string>>({ clock, ttlMs: maxAgeMs, negativeTtlMs: maxAgeMs })
  return {
    async of(session, io) {
      const key = JSON.stringify([session.identity, session.region])
      try {
        return await cache.get(key, (signal) => read(session, signal), { signal: io.signal })
      } catch (error) {
        if (!ProviderError.is(error)) throw error
        io.log.debug('spot requests could not be described', { code: error.code })
        return new Set()
      }
    },
  }
}

async function read(session: AwsSession, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeSpotInstanceRequests',
      { Filters: [{ Name: 'status-code', Values: announced }], ...(NextToken === undefined ? {} : { NextToken }) },
      signal,
    )
    for (const { InstanceId } of page.SpotInstanceRequests ?? []) if (InstanceId !== undefined) ids.add(InstanceId)
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return ids
}
