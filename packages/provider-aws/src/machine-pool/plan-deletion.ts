import type { Action, JsonObject } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { orphanedObjects } from './ignition-objects.ts'
import { planReleases } from './plan-hold.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** Group first, then the template: a group without its template could not replace what fails meanwhile. PURE. */
export function planDeletion(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { pool } = desired
  const releases = planReleases(desired, observed)
  const group = observed.group?.group
  if (observed.deleting) return []
  const actions: Action[] = [...releases]
  if (observed.exists && observed.owner === 'ours' && group !== undefined) {
    const parameters = planned('autoscaling', 'DeleteAutoScalingGroup', group.AutoScalingGroupName, {
      AutoScalingGroupName: group.AutoScalingGroupName,
      // Its instances are drained by now, or need not be; without force AWS refuses while there are any.
      ForceDelete: true,
    })
    actions.push(actionBase(pool, 'DeleteGroup', 'the pool is being deleted', parameters))
  }
  const template = observed.group?.template
  if (template?.owner === 'ours') {
    const parameters: JsonObject = {
      ...orphanedObjects(
        template,
        template.versions.map(({ version }) => version),
      ),
      ...planned('ec2', 'DeleteLaunchTemplate', template.name, { LaunchTemplateId: template.id }),
    }
    actions.push({
      ...actionBase(pool, 'DeleteTemplate', 'the pool is being deleted', parameters),
      template: template.id,
    })
  }
  return actions
}
