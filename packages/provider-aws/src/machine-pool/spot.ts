import type { Instance, Notice, Observation } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup } from './group-view.ts'
import { isLive } from './instance-state.ts'

const interruption = 'SpotInterruption'

/** Whether instances of the pool may be spot instances. PURE. */
export function usesSpot({ awsLaunchTemplate, mixedInstancesPolicy }: AWSMachinePoolSpec): boolean {
  if (mixedInstancesPolicy !== undefined) {
    return (mixedInstancesPolicy.instancesDistribution?.onDemandPercentageAboveBaseCapacity ?? 100) < 100
  }
  return awsLaunchTemplate.marketType === 'Spot' || awsLaunchTemplate.spotMarketOptions !== undefined
}

/** The instances, those that EC2 will take with its notice. PURE. */
export function withNotices(instances: readonly Instance[], announced: ReadonlySet<string>): readonly Instance[] {
  return instances.map((instance) =>
    announced.has(instance.incarnation) ? { ...instance, notice: { reason: interruption } } : instance,
  )
}

/** What a person should know: instances that EC2 takes, and those that came before it does. PURE. */
export function spotNotices({ instances, size, group }: Observation<AwsGroup>): readonly Notice[] {
  const taken = instances.filter(({ notice }) => notice?.reason === interruption)
  const extra = instances.filter(({ state }) => isLive(state)).length - (size?.desired ?? Infinity)
  const rebalances = group?.group?.CapacityRebalance === true
  const weighted = group?.group?.Instances?.some(({ WeightedCapacity }) => WeightedCapacity !== undefined) ?? false
  return [
    ...(taken.length === 0
      ? []
      : [
          {
            reason: interruption,
            message: `EC2 takes ${taken.map(({ incarnation }) => incarnation).join(', ')} back.`,
          },
        ]),
    ...(rebalances && !weighted && extra > 0
      ? [
          {
            reason: 'CapacityRebalance',
            message: `Auto Scaling has started ${extra} more than the desired ${size?.desired}, to replace spot instances that EC2 may take soon.`,
          },
        ]
      : []),
  ]
}
