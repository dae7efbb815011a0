import {
  AutoScalingClient,
  DeleteAutoScalingGroupCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling'
import { createManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator, type AwsSimulator, type Timings } from '@machinepool/simulator'

import { createRig, type Rig } from '../../../bench/src/aws/rig.ts'

/** Pools under the engine on a simulated AWS of the same process, that can be looked into. */
export interface Pools extends Rig {
  readonly aws: AwsSimulator
  /** Operations of the calls since `mark` or the beginning, without reads. */
  writes(): readonly string[]
  /** Forgets the calls so far. */
  mark(): void
  condition(pool: string, type: string): { status: string; reason: string; message: string } | undefined
  /** Another process on the same cloud, which knows nothing of what this one did. */
  anotherProcess(): Rig
  /** A pool whose instances are all there, and nothing is left to do. */
  settled(pool: string, replicas: number, spec?: Parameters<Rig['addPool']>[2]): Promise<void>
}

const minute = 60_000

export async function startPools(
  timings: Partial<Timings> = {},
  options: Parameters<typeof createRig>[3] = {},
): Promise<Pools> {
  const clock = createManualClock()
  const aws = await createAwsSimulator({
    clock,
    region: 'us-east-1',
    timings: { reaction: 0, launch: 0, boot: 0, shutdown: 0, healthCheck: 0, ...timings },
  })
  // One clock for both: the rig drives it.
  const rig = createRig({ url: aws.url, advance: () => Promise.resolve() }, clock, undefined, options)
  let begin = 0
  const listed = (pool: string): number => rig.pool(pool)?.spec?.providerIDList?.length ?? 0
  return {
    ...rig,
    aws,
    writes: () =>
      rig.calls
        .slice(begin)
        .map(({ operation }) => operation)
        .filter((operation) => !/^(Describe|Get)/.test(operation)),
    mark() {
      begin = rig.calls.length
    },
    condition: (pool, type) => {
      const found = rig.pool(pool)?.status?.conditions?.find((each) => each.type === type)
      return found && { status: found.status, reason: found.reason ?? '', message: found.message ?? '' }
    },
    anotherProcess: () => createRig({ url: aws.url, advance: () => Promise.resolve() }, clock, undefined, options),
    async settled(pool, replicas, spec) {
      rig.addPool(pool, replicas, spec)
      await rig.until(`${replicas} instances`, 5 * minute, () => listed(pool) === replicas)
      await rig.run(minute)
    },
    async close() {
      await rig.close()
      await aws.close()
    },
  }
}

const credentials = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'secret' }

/** Somebody else deletes the group behind our backs. */
export async function removeGroup(pools: Pools, name: string, wait = true): Promise<void> {
  const client = new AutoScalingClient({ region: 'us-east-1', endpoint: pools.aws.url, credentials })
  await client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }))
  client.destroy()
  if (wait) await pools.run(5_000)
}

/** Somebody else scales the group. */
export async function setDesired({ aws }: Pools, name: string, DesiredCapacity: number): Promise<void> {
  const client = new AutoScalingClient({ region: 'us-east-1', endpoint: aws.url, credentials })
  await client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity }))
  client.destroy()
}
