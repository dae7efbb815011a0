import { startCloud, type Cloud } from './aws/cloud.ts'
import { createRig, type Rig } from './aws/rig.ts'
import type { Benchmark, BenchmarkOptions } from './benchmark.ts'

const minute = 60_000
/** From the end of an instance until the cloud controller manager has removed its Node. */
const nodeRemovalMs = 1_000
const otherImage = 'ami-0123456789abcdef0'

/** Calls to AWS for each event in a pool's life, all of them: polls and look-ups too. */
export const awsLifecycle: Benchmark = {
  name: 'aws-lifecycle',
  description: 'AWS calls to create, scale, roll and delete a pool of 3, and while AWS answers 500 for 90 seconds',
  async run({ progress }: BenchmarkOptions) {
    const cloud = await startCloud()
    const rig = createRig(cloud)
    try {
      const count = async (what: string, work: () => Promise<void>): Promise<Event> => {
        progress(what)
        const before = rig.calls.length
        const startedAt = rig.clock.now()
        await work()
        const made = rig.calls.slice(before)
        return { calls: made.length, simulatedSeconds: (rig.clock.now() - startedAt) / 1000, byOperation: tally(made) }
      }
      const create = await count('create', async () => {
        rig.addPool('np', 3)
        await rig.until('a pool of 3', 5 * minute, () => isAt(rig, 3))
      })
      await rig.run(3 * minute)
      const scale = await count('scale', async () => {
        rig.setReplicas('np', 5)
        await rig.until('5 instances', 5 * minute, () => isAt(rig, 5))
      })
      await rig.run(3 * minute)
      rig.setReplicas('np', 3)
      await rig.until('3 instances', 10 * minute, () => isAt(rig, 3))
      await rig.run(3 * minute)
      await cloud.tell({ do: 'publish', image: otherImage })
      const replaced = await replaceByCloud(rig, cloud, progress)
      const roll = await count('image roll of 3', async () => {
        const old = new Set(listed(rig))
        rig.setSpec('np', { awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: otherImage } } })
        await rig.until('3 new instances', 60 * minute, () => isAt(rig, 3) && listed(rig).every((id) => !old.has(id)))
      })
      await rig.run(3 * minute)
      const outage = await count('90 s of 500', async () => {
        await cloud.tell({ do: 'fail', on: true })
        rig.setReplicas('np', 4)
        await rig.run(90_000)
      })
      await cloud.tell({ do: 'fail', on: false })
      await rig.until('4 instances', 10 * minute, () => isAt(rig, 4))
      await rig.run(3 * minute)
      const remove = await count('delete', async () => {
        await rig.remove('np')
        await rig.until('no pool', 30 * minute, () => rig.pool('np') === undefined)
      })
      return {
        create: create.calls,
        scale: scale.calls,
        imageRollOf3: roll.calls,
        delete: remove.calls,
        outage90s: outage.calls,
        targets: { create: 8, scale: 3, imageRollOf3: 30, delete: 6, outage90s: 10 },
        secondsUntilReplacedInstanceLeft: replaced,
        events: { create, scale, imageRollOf3: roll, outage90s: outage, delete: remove },
      }
    } finally {
      await rig.close()
      cloud.close()
    }
  },
}

interface Event {
  readonly calls: number
  readonly simulatedSeconds: number
  readonly byOperation: Readonly<Record<string, number>>
}

function tally(calls: Rig['calls']): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

function listed(rig: Rig): readonly string[] {
  return rig.pool('np')?.spec?.providerIDList ?? []
}

function isAt(rig: Rig, size: number): boolean {
  const { status } = rig.pool('np') ?? {}
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return listed(rig).length === size && status?.replicas === size && ready?.status === 'True'
}

/** Seconds from the moment when AWS replaces an instance until it has left providerIDList. */
async function replaceByCloud(rig: Rig, cloud: Cloud, progress: BenchmarkOptions['progress']): Promise<number> {
  progress('an instance fails and is replaced')
  const [victim = ''] = listed(rig)
  const startedAt = rig.clock.now()
  await cloud.tell({ do: 'end', instance: victim.split('/').at(-1)! })
  await rig.run(nodeRemovalMs)
  rig.removeNode(victim)
  await rig.until('the failed instance to leave', 20 * minute, () => !listed(rig).includes(victim))
  const seconds = (rig.clock.now() - startedAt) / 1000
  await rig.until('3 instances again', 20 * minute, () => isAt(rig, 3))
  await rig.run(3 * minute)
  return seconds
}
