import type { Action, FieldChange, JsonObject } from '@machinepool/contract'
import { actionBase, idempotencyKey, plainJson } from '@machinepool/provider-kit'

import {
  currentVersion,
  referredVersion,
  templateVersionId,
  type TemplateVersion,
  type TemplateView,
} from './group-view.ts'
import { storedIgnition } from './ignition.ts'
import { orphanedObjects, templateTags } from './ignition-objects.ts'
import { launchTemplateData } from './launch-template.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'
import { readInputs } from './resolved-inputs.ts'
import { isRunningRefresh } from './running-refresh.ts'
import { formatMarks, shortHash, stampTag, type TemplateMarks } from './template-marks.ts'
import { templateDrift } from './template-drift.ts'

/** Versions for instances that no longer exist; so many are deleted in one call, because tokens rotate often. */
const keptVersions = 3

/** A template, or a new version of it, or a stamp on the version that is there. PURE. */
export function planTemplate(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  if (desired.template === 'leave') return []
  const inputs = readInputs(desired.resolved)
  // Without an image there is nothing to make; the problem is shown already.
  if (inputs.imageId === undefined) return []
  const template = usableTemplate(observed)
  const current = currentVersion(template)
  if (desired.stamp && template && current) return [stampTemplate(desired, template, current)]
  const reason = template === undefined ? 'there is no launch template' : newVersionReason(desired, template, current)
  return reason === undefined ? [] : [createTemplate(desired, observed, template, reason)]
}

/** A template that is not ours is as good as none: the pool gets one of its own. */
export function usableTemplate(observed: AwsObservation): TemplateView | undefined {
  const template = observed.group?.template
  return template?.owner === 'ours' || template?.owner === 'adoptable' ? template : undefined
}

/** The revision of a version: described by us, or stamped. */
export function revisionOf(template: TemplateView, version: TemplateVersion): string | undefined {
  return version.marks?.revision ?? template.tags[stampTag(version.version)]
}

function newVersionReason(
  desired: AwsDesired,
  template: TemplateView,
  current: TemplateVersion | undefined,
): string | undefined {
  if (current === undefined) return 'the newest version of the launch template is gone'
  if (revisionOf(template, current) !== desired.revision) return 'what instances are made from has changed'
  const { marks } = current
  const bootstrapHash = marks?.bootstrap ?? current.bootstrapHash ?? ''
  if (bootstrapHash !== (desired.bootstrap?.contentHash ?? ''))
    return 'the bootstrap data has new content; no instance is replaced'
  // Of a stamped version nothing more is known; the next version of ours brings the rest.
  if (marks === undefined || marks.request === marksOf(desired, template.name).request) return undefined
  return 'tags of instances have changed; no instance is replaced'
}

function marksOf(desired: AwsDesired, name: string): TemplateMarks {
  const inputs = readInputs(desired.resolved)
  // The content has its own mark, so that new content alone is recognised as such.
  const bootstrap = desired.bootstrap === undefined ? undefined : { ...desired.bootstrap, contentHash: '' }
  const stored = storedIgnition(desired.pool, name, bootstrap)
  return {
    revision: desired.revision,
    request: shortHash({
      ...plainJson(launchTemplateData(desired.pool, inputs, bootstrap)),
      ...(stored === undefined ? {} : { ignition: { ...stored.pointer, bucket: stored.bucket } }),
    }),
    image: inputs.imageKey,
    bootstrap: desired.bootstrap?.contentHash ?? '',
  }
}

function createTemplate(
  desired: AwsDesired,
  observed: AwsObservation,
  template: TemplateView | undefined,
  reason: string,
): Action {
  const { pool, resolved, bootstrap, revision } = desired
  const LaunchTemplateData = launchTemplateData(pool, readInputs(resolved), bootstrap)
  const name = template?.name ?? observed.group!.templateName
  const VersionDescription = formatMarks(marksOf(desired, name))
  const stored = storedIgnition(pool, name, bootstrap)
  const call =
    template === undefined
      ? planned('ec2', 'CreateLaunchTemplate', observed.group!.templateName, {
          LaunchTemplateName: observed.group!.templateName,
          VersionDescription,
          LaunchTemplateData,
          TagSpecifications: [
            {
              ResourceType: 'launch-template',
              Tags: Object.entries(templateTags(pool)).map(([Key, Value]) => ({ Key, Value })),
            },
          ],
        })
      : planned('ec2', 'CreateLaunchTemplateVersion', template.name, {
          LaunchTemplateId: template.id,
          VersionDescription,
          LaunchTemplateData,
        })
  const parameters: JsonObject = stored === undefined ? call : { ...call, ignition: { ...stored } }
  // What was made before belongs to the decision: going back to an earlier state is another write than the first one.
  const key = idempotencyKey(pool, 'CreateTemplate', { ...parameters, after: template?.latestVersion ?? 0 })
  return {
    ...actionBase(pool, 'CreateTemplate', reason, parameters, changesOf(desired, template)),
    idempotencyKey: key,
    revision,
    bootstrap: bootstrap?.data,
  }
}

function changesOf(desired: AwsDesired, template: TemplateView | undefined): readonly FieldChange[] {
  const current = currentVersion(template)
  return current === undefined ? [] : templateDrift(desired, current)
}

function stampTemplate(desired: AwsDesired, template: TemplateView, current: TemplateVersion): Action {
  const id = templateVersionId(template.id, current.version)
  const parameters = planned('ec2', 'CreateTags', template.name, {
    Resources: [template.id],
    Tags: [{ Key: stampTag(current.version), Value: desired.revision }],
  })
  return {
    ...actionBase(desired.pool, 'StampTemplate', `version ${current.version} equals what is wanted`, parameters),
    template: id,
    revision: desired.revision,
  }
}

/**
 * Deletes versions that no instance runs: at once when they are of another revision, a few at a time when only the
 * content of the bootstrap data was another. Never the newest, never one that somebody else made, and none while a refresh
 * runs, which may still start instances of any. PURE.
 */
export function planTemplateCleanup(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const template = usableTemplate(observed)
  const current = currentVersion(template)
  if (template === undefined || current === undefined || isRunningRefresh(observed.rollout)) return []
  const run = new Set(observed.instances.map(({ templateId }) => templateId))
  const referenced = referredVersion(observed.group?.group)
  if (referenced !== undefined) run.add(templateVersionId(template.id, referenced))
  const unused = template.versions.filter(
    ({ marks, version }) =>
      marks !== undefined && version !== template.latestVersion && !run.has(templateVersionId(template.id, version)),
  )
  const outdated = unused.filter(({ marks }) => marks?.revision !== revisionOf(template, current))
  const removable = unused.length > keptVersions ? unused : outdated
  // The default version cannot be deleted. It means nothing to the group, so it stays until its revision is history.
  const moveDefault = outdated.some(({ version }) => version === template.defaultVersion)
  const versions = removable
    .map(({ version }) => version)
    .filter((version) => moveDefault || version !== template.defaultVersion)
  return versions.length === 0 ? [] : [deleteVersions(desired, template, versions, moveDefault)]
}

function deleteVersions(
  { pool }: AwsDesired,
  template: TemplateView,
  versions: readonly number[],
  moveDefault: boolean,
): Action {
  const objects = orphanedObjects(template, versions)
  const parameters: JsonObject = {
    ...objects,
    ...planned('ec2', 'DeleteLaunchTemplateVersions', template.name, {
      LaunchTemplateId: template.id,
      Versions: versions.map(String),
    }),
    ...(moveDefault ? { defaultVersion: String(template.latestVersion) } : {}),
  }
  return {
    ...actionBase(pool, 'DeleteTemplate', `no instance runs version ${versions.join(', ')}`, parameters),
    template: templateVersionId(template.id, versions.join(',')),
  }
}
