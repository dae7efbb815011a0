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
  const type = 'ASGReady'
  const name = observed.groupName ?? ''
  if (observed.deleting) {
    const message = `${name} is being deleted.`
    return { type, status: 'False', reason: 'ASGDeletionInProgress', message, severity: 'Info' }
  }
  if (!observed.exists) {
    return { type, status: 'False', reason: 'ASGNotFound', message: `${name} does not exist yet.`, severity: 'Info' }
  }
  if (observed.owner === 'foreign' || observed.owner === 'unmarked') {
    const message = `${name} exists and does not belong to this pool.`
    return { type, status: 'False', reason: 'NameConflict', message, severity: 'Error' }
  }
  return { type, status: 'True', reason: 'ASGReady', message: '', severity: '' }
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
