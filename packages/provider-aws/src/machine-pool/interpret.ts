import {
  ProviderError,
  type Interpretation,
  type Location,
  type PoolRef,
  type RolloutPolicy,
} from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { parseGroupArn } from './names.ts'
import { networkOwner } from './tags.ts'

/** Where the pool lives and what its spec says about policy. PURE. */
export function interpret(pool: PoolRef<AWSMachinePoolSpec>, defaultRegion: string | undefined): Interpretation {
  const { minSize, maxSize } = pool.spec
  if (minSize > maxSize) {
    throw new ProviderError({
      code: 'InvalidSpec',
      field: 'spec.minSize',
      message: `spec.minSize ${minSize} is greater than spec.maxSize ${maxSize}.`,
    })
  }
  return { location: locationOf(pool, defaultRegion), policy: { minSize, maxSize, rollout: rolloutPolicy(pool.spec) } }
}

function locationOf(pool: PoolRef<AWSMachinePoolSpec>, defaultRegion: string | undefined): Location {
  const { recorded } = pool
  const owner = networkOwner(pool)
  const group = recorded.providerID === undefined ? undefined : parseGroupArn(recorded.providerID)
  // A group cannot move: what is written down wins over objects that were edited since.
  const region =
    group?.region ?? recorded.location?.region ?? textAt(owner, 'spec', 'region') ?? pool.spec.region ?? defaultRegion
  if (region === undefined) {
    throw new ProviderError({
      code: 'InvalidSpec',
      field: 'spec.region',
      reason: 'RegionUnknown',
      message: 'No region: set spec.region on the AWSCluster, or on the pool when its cluster has no AWSCluster.',
    })
  }
  const account = group?.account ?? recorded.location?.account
  // Credentials may be exchanged during a pool's life; the record serves when the cluster's objects are gone.
  const identity =
    owner === undefined
      ? recorded.location?.identity
      : identityOf(textAt(owner, 'spec', 'identityRef', 'kind'), textAt(owner, 'spec', 'identityRef', 'name'))
  return {
    region,
    ...(account === undefined || account === '' ? {} : { account }),
    ...(identity === undefined ? {} : { identity }),
  }
}

function identityOf(kind: string | undefined, name: string | undefined): string | undefined {
  return kind === undefined || name === undefined ? undefined : `${kind}/${name}`
}

const strategies = {
  InstanceRefresh: 'CloudRollout',
  RollingUpdate: 'RollingUpdate',
  OnDelete: 'OnDelete',
} as const satisfies Record<NonNullable<AWSMachinePoolSpec['strategy']>['type'], RolloutPolicy['strategy']>

function rolloutPolicy(spec: AWSMachinePoolSpec): RolloutPolicy {
  const chosen = strategies[spec.strategy?.type ?? 'InstanceRefresh']
  const rolling = spec.strategy?.rollingUpdate
  return {
    strategy: chosen === 'CloudRollout' && spec.refreshPreferences?.disable === true ? 'OnDelete' : chosen,
    ...budget(spec, chosen),
    deletePolicy: rolling?.deletePolicy ?? 'Oldest',
    cloudResumes: spec.refreshPreferences?.autoRollback === true,
  }
}

/** An instance refresh has its budget in percent of the size; the rest of the engine keeps to the same one. */
function budget(
  spec: AWSMachinePoolSpec,
  strategy: RolloutPolicy['strategy'],
): Pick<RolloutPolicy, 'maxSurge' | 'maxUnavailable'> {
  const rolling = spec.strategy?.rollingUpdate
  if (strategy !== 'CloudRollout') {
    return { maxSurge: rolling?.maxSurge ?? 1, maxUnavailable: rolling?.maxUnavailable ?? 0 }
  }
  const { minHealthyPercentage, maxHealthyPercentage } = spec.refreshPreferences ?? {}
  return {
    maxSurge: maxHealthyPercentage === undefined ? 0 : `${maxHealthyPercentage - 100}%`,
    maxUnavailable: `${100 - (minHealthyPercentage ?? defaultMinHealthyPercentage)}%`,
  }
}

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html */
const defaultMinHealthyPercentage = 90
