import type { PoolRef, ProviderCondition, Report } from '@machinepool/contract'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { currentTemplate } from './current-template.ts'
import type { GcpObservation } from './pool-state.ts'
import { groupZones } from './problems.ts'

/** Upstream's condition types, and status fields of ours, filled from what is there. PURE. */
export function report(_pool: PoolRef<GCPMachinePoolSpec>, observed: GcpObservation): Report {
  const { ref, group } = observed.group ?? {}
  const template = currentTemplate(observed.group)
  return {
    status: {
      ...(ref === undefined || group === undefined
        ? {}
        : {
            instanceGroupManager: `${ref.scope}/instanceGroupManagers/${ref.name}`,
            zones: [...groupZones(ref.scope, group)],
          }),
      ...(template === undefined ? {} : { instanceTemplate: template.name }),
    },
    conditions: [templateCondition(observed), groupCondition(observed), ...sizeConditions(observed)],
  }
}

function templateCondition(observed: GcpObservation): ProviderCondition {
  const type = 'InstanceTemplateReady'
  const { templates } = observed
  return templates.length > 0
    ? { type, status: 'True', reason: 'InstanceTemplateReady', message: '', severity: '' }
    : {
        type,
        status: 'False',
        reason: 'InstanceTemplateNotFound',
        message: 'There is no instance template yet.',
        severity: 'Info',
      }
}

function groupCondition(observed: GcpObservation): ProviderCondition {
  const type = 'ManagedInstanceGroupReady'
  const name = observed.groupName ?? 'The managed instance group'
  const no = (reason: string, message: string, severity: ProviderCondition['severity']): ProviderCondition => ({
    type,
    status: 'False',
    reason,
    message,
    severity,
  })
  if (observed.deleting) return no('ManagedInstanceGroupDeletionInProgress', `${name} is being deleted.`, 'Info')
  if (!observed.exists) return no('ManagedInstanceGroupNotFound', `${name} does not exist yet.`, 'Info')
  if (observed.owner === 'foreign' || observed.owner === 'unmarked') {
    return no('NameConflict', `${name} exists and does not belong to this pool.`, 'Error')
  }
  return { type, status: 'True', reason: 'ManagedInstanceGroupReady', message: '', severity: '' }
}

/** Who sets the size, where it is not us. */
function sizeConditions({ sizeOwner, group }: GcpObservation): readonly ProviderCondition[] {
  if (sizeOwner !== 'cloudAutoscaler') return []
  const message = `The size is set by ${group?.group?.status?.autoscaler ?? 'an autoscaler of Google Cloud'}.`
  return [{ type: 'SizeManagedByAutoscaler', status: 'True', reason: 'AutoscalerAttached', message, severity: '' }]
}
