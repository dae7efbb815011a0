import type { AwsCall } from '@machinepool/provider-aws'

import { startCloud } from './aws/cloud.ts'
import { createRig, type Rig } from './aws/rig.ts'
import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { watchResources } from './resource-usage.ts'

const minute = 60_000
const hour = 60 * minute
/** kubeadm tokens are renewed at every second check of the bootstrap provider, which is every 5 minutes. */
const rotationMs = 10 * minute

/** Pools at rest for an hour, while their bootstrap tokens go on being rotated. */
export const awsSteadyState: Benchmark = {
  name: 'aws-steady-state',
  description:
    'AWS calls, memory and CPU of --pools pools of --replicas at rest for 60 simulated minutes, with token rotation',
  async run({ parameters, progress }: BenchmarkOptions) {
    const { pools = 100, replicas = 3 } = parameters
    const cloud = await startCloud()
    const rig = createRig(cloud)
    try {
      const names = Array.from({ length: pools }, (_, index) => `pool-${index}`)
      progress(`creating ${pools} pools`)
      for (const name of names) rig.addPool(name, replicas)
      await rig.until('the pools', hour, () =>
        names.every((name) => rig.pool(name)?.spec?.providerIDList?.length === replicas),
      )
      // Until whatever follows from the creation is over.
      await rig.run(10 * minute)
      progress('resting for 60 simulated minutes')
      const before = rig.calls.length
      const usage = watchResources()
      await restWithRotation(rig, names)
      const { cpuSeconds, peakRssMiB } = usage()
      const calls = rig.calls.slice(before)
      const perPoolHour = (belongs: (call: AwsCall) => boolean): number =>
        Math.round((calls.filter(belongs).length / pools) * 1000) / 1000
      return {
        pools,
        replicas,
        pollingCallsPerPoolHour: perPoolHour((call) => !isWrite(call) && !isLookup(call)),
        lookupCallsPerPoolHour: perPoolHour(isLookup),
        rotationWritesPerPoolHour: perPoolHour(isWrite),
        rssMiB: peakRssMiB,
        cpuSeconds,
        targets: { pollingCallsPerPoolHour: 0.7, lookupCallsPerPoolHour: 2 },
        calls: tally(calls),
      }
    } finally {
      await rig.close()
      cloud.close()
    }
  },
}

/** Each pool's token at its own time, not at that of a poll. */
async function restWithRotation(rig: Rig, names: readonly string[]): Promise<void> {
  const slots = 100
  const slotMs = rotationMs / slots
  for (let passed = 0; passed < hour / slotMs; passed++) {
    names.filter((_, index) => index % slots === passed % slots).forEach((name) => rig.rotate(name))
    // Simulated time goes on slot by slot.
    // oxlint-disable-next-line no-await-in-loop
    await rig.run(slotMs)
  }
}

const lookups: ReadonlySet<string> = new Set([
  'DescribeImages',
  'DescribeInstanceTypes',
  'DescribeSecurityGroups',
  'DescribeSubnets',
  'GetParameter',
])

function isLookup({ operation }: AwsCall): boolean {
  return lookups.has(operation)
}

/** Nothing but the rotation changes anything, so all writes are its. */
function isWrite({ operation }: AwsCall): boolean {
  return !operation.startsWith('Describe') && !operation.startsWith('Get')
}

function tally(calls: readonly AwsCall[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}
