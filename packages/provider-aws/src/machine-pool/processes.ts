import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { ownLists } from './own-lists.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'
import { suspendedProcesses } from './suspended-processes.ts'

/** Suspends what is missing; resumes what we suspended or what the spec names, and nothing that others suspended. PURE. */
export function planProcesses(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const group = observed.group?.group
  if (group === undefined) return []
  const live = new Set((group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''))
  const { suspended, running } = suspendedProcesses(desired.pool.spec)
  const suspend = [...suspended].filter((name) => !live.has(name)).toSorted()
  const own = ownLists(group).suspended
  const resume = [...live].filter((name) => running.has(name) || (own.has(name) && !suspended.has(name))).toSorted()
  const action = (operation: 'SuspendProcesses' | 'ResumeProcesses', ScalingProcesses: string[]): Action => {
    const { AutoScalingGroupName } = group
    const parameters = planned('autoscaling', operation, AutoScalingGroupName, {
      AutoScalingGroupName,
      ScalingProcesses,
    })
    const verb = operation === 'SuspendProcesses' ? 'suspend' : 'resume'
    return actionBase(desired.pool, 'UpdateGroup', `${verb} ${ScalingProcesses.join(', ')}`, parameters, [
      { field: 'spec.suspendProcesses', to: `${verb} ${ScalingProcesses.join(', ')}` },
    ])
  }
  return [
    ...(suspend.length === 0 ? [] : [action('SuspendProcesses', suspend)]),
    ...(resume.length === 0 ? [] : [action('ResumeProcesses', resume)]),
  ]
}
