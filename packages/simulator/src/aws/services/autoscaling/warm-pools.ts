import { AwsError, validationError } from '../../error.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import { moment } from './activities.ts'
import { changeGroup } from './change.ts'
import { isWarmed, toInstance } from './groups.ts'
import type { WarmPool } from './state.ts'
import { terminateMember } from './terminating.ts'
import { invalidNextToken, needGroup, needLivingGroup } from './validate.ts'

export function putWarmPool(
  input: Omit<WarmPool, 'Status'> & { AutoScalingGroupName: string },
  { region }: CallContext,
) {
  const { AutoScalingGroupName: name, ...pool } = input
  const group = needLivingGroup(region, name)
  if (group.source.mixed) {
    throw validationError('You cannot add a warm pool to an Auto Scaling group that has a mixed instances policy.')
  }
  const { MaxGroupPreparedCapacity: prepared, MinSize: min = 0 } = pool
  if (prepared !== undefined && prepared >= 0 && prepared < min) {
    throw validationError('MaxGroupPreparedCapacity must not be less than MinSize')
  }
  const { MaxGroupPreparedCapacity: _unset, ...rest } = pool
  // -1 stands for the group's maximum size again.
  const warmPool = { MinSize: 0, PoolState: 'Stopped', ...(prepared === -1 ? rest : pool) } as const
  region.autoscaling.groups.put(name, { ...group, warmPool })
  region.autoscaling.wake(name)
  return {}
}

export function describeWarmPool(
  input: { AutoScalingGroupName: string; MaxRecords?: number; NextToken?: string },
  { region }: CallContext,
) {
  needGroup(region, input.AutoScalingGroupName)
  const group = region.autoscaling.groups.read(input.AutoScalingGroupName)
  const members = group?.members.filter(isWarmed) ?? []
  const { items, nextToken } = page(members, input.NextToken, Math.min(input.MaxRecords ?? 50, 50), invalidNextToken())
  return { WarmPoolConfiguration: group?.warmPool, Instances: items.map(toInstance), NextToken: nextToken }
}

export function deleteWarmPool(
  input: { AutoScalingGroupName: string; ForceDelete?: boolean },
  { region }: CallContext,
) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  if (!group.warmPool) throw validationError(`No warm pool found for Auto Scaling group ${group.name}`)
  const warmed = group.members.filter(isWarmed)
  if (warmed.length > 0 && !input.ForceDelete) {
    throw new AwsError('ResourceInUse', 'You cannot delete a warm pool while it has instances. Use ForceDelete.')
  }
  changeGroup(region, group.name, (before) => ({
    ...before,
    warmPool: { ...before.warmPool, Status: 'PendingDelete' },
  }))
  for (const { id } of warmed) {
    terminateMember(region, group, id, `At ${moment(region)} the warm pool was deleted in response to a user request.`)
  }
  region.autoscaling.wake(group.name)
  return {}
}
