import type { CallContext } from '../../service.ts'
import { changeGroup } from './change.ts'
import { checkProcesses, needLivingGroup, processes, terminationPolicies } from './validate.ts'

interface ProcessRequest {
  readonly AutoScalingGroupName: string
  readonly ScalingProcesses?: readonly string[]
}

export function suspendProcesses(input: ProcessRequest, { region }: CallContext) {
  const names = checkProcesses(input.ScalingProcesses)
  const { name } = needLivingGroup(region, input.AutoScalingGroupName)
  changeGroup(region, name, (group) => ({ ...group, suspended: [...new Set([...group.suspended, ...names])] }))
  return {}
}

export function resumeProcesses(input: ProcessRequest, { region }: CallContext) {
  const names = checkProcesses(input.ScalingProcesses)
  const { name } = needLivingGroup(region, input.AutoScalingGroupName)
  changeGroup(region, name, (group) => ({
    ...group,
    suspended: group.suspended.filter((process) => !names.includes(process)),
  }))
  region.autoscaling.wake(name)
  return {}
}

export function describeScalingProcessTypes() {
  return { Processes: processes.map((name) => ({ ProcessName: name })) }
}

export function describeTerminationPolicyTypes() {
  return { TerminationPolicyTypes: terminationPolicies }
}

export function describeAccountLimits(_input: object, { region }: CallContext) {
  return {
    MaxNumberOfAutoScalingGroups: 500,
    MaxNumberOfLaunchConfigurations: 200,
    NumberOfAutoScalingGroups: region.autoscaling.groups.values().length,
    NumberOfLaunchConfigurations: 0,
  }
}
