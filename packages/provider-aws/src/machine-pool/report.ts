import type { Observation, PoolRef, ProviderCondition, Report } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup, TemplateView } from './group-view.ts'
import { additionalTags, type Tags } from './tags.ts'

/** Upstream's own: without the tags it would take them for changed, and replace every instance (R29). */
const managedAnnotation = 'cluster-api-provider-aws'
const lastAppliedTagsAnnotation = 'sigs.k8s.io/cluster-api-provider-aws-last-applied-tags'
export const writtenAnnotations: readonly string[] = [managedAnnotation, lastAppliedTagsAnnotation]

/** Upstream's status fields and condition types, filled from what is there. PURE. */
export function report(pool: PoolRef<AWSMachinePoolSpec>, observed: Observation<AwsGroup>): Report {
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
    annotations: {
      [managedAnnotation]: 'true',
      ...(areApplied(additionalTags(pool), template) && {
        [lastAppliedTagsAnnotation]: sortedJson(additionalTags(pool)),
      }),
    },
  }
}

function areApplied(tags: Tags, template: TemplateView | undefined): boolean {
  return template !== undefined && Object.entries(tags).every(([key, value]) => template.tags[key] === value)
}

function sortedJson(tags: Tags): string {
  return JSON.stringify(Object.fromEntries(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))))
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
