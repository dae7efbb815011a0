import type { Observation, PoolRef, ProviderCondition, Report } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup } from './group-view.ts'

/** Upstream's status fields and condition types, filled from what is there. PURE. */
export function report(_pool: PoolRef<AWSMachinePoolSpec>, observed: Observation<AwsGroup>): Report {
  const template = observed.group?.template
  return {
    status: {
      ...(template === undefined
        ? {}
        : { launchTemplateID: template.id, launchTemplateVersion: String(template.latestVersion) }),
      ...(observed.deleting ? { asgStatus: observed.group?.group?.Status ?? 'Delete in progress' } : {}),
      instances: observed.instances.map(({ incarnation }) => ({ instanceID: incarnation })),
    },
    conditions: [groupCondition(observed), templateCondition(observed)],
  }
}

function groupCondition(observed: Observation<AwsGroup>): ProviderCondition {
  const condition = (
    status: ProviderCondition['status'],
    reason: string,
    message: string,
    severity: ProviderCondition['severity'],
  ): ProviderCondition => ({ type: 'ASGReady', status, reason, message, severity })
  const name = observed.groupName ?? ''
  if (observed.deleting) return condition('False', 'ASGDeletionInProgress', `${name} is being deleted.`, 'Info')
  if (!observed.exists) return condition('False', 'ASGNotFound', `${name} does not exist yet.`, 'Info')
  if (observed.owner === 'foreign' || observed.owner === 'unmarked') {
    return condition('False', 'NameConflict', `${name} exists and does not belong to this pool.`, 'Error')
  }
  return condition('True', 'ASGReady', '', '')
}

function templateCondition(observed: Observation<AwsGroup>): ProviderCondition {
  const template = observed.group?.template
  return template === undefined
    ? {
        type: 'LaunchTemplateReady',
        status: 'False',
        reason: 'LaunchTemplateNotFound',
        message: `${observed.group?.templateName ?? ''} does not exist yet.`,
        severity: 'Info',
      }
    : { type: 'LaunchTemplateReady', status: 'True', reason: 'LaunchTemplateReady', message: '', severity: '' }
}
