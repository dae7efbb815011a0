import type { AutoScalingGroup, LifecycleHook } from '@aws-sdk/client-auto-scaling'
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import type { EpochMillis, Ownership } from '@machinepool/contract'

import type { Tags } from './tags.ts'
import type { TemplateMarks } from './template-marks.ts'

/** One version of a launch template. Immutable, and without the user data, which is a secret. */
export interface TemplateVersion {
  readonly version: number
  readonly createdAt?: EpochMillis
  readonly marks?: TemplateMarks
  /** SHA-256 of the user data as the instance gets it; absent when there is none. */
  readonly bootstrapHash?: string
  readonly data: Omit<ResponseLaunchTemplateData, 'UserData'>
}

export interface LaunchTemplate {
  readonly id: string
  readonly name: string
  readonly tags: Tags
  readonly latestVersion: number
  readonly defaultVersion: number
}

/** A launch template with the versions that still exist, oldest first. */
export interface TemplateView extends LaunchTemplate {
  readonly owner: Ownership
  readonly versions: readonly TemplateVersion[]
}

/** What AWS has of one pool: the provider's own part of an observation. */
export interface AwsGroup {
  /** Name of the group, or the name that a new one gets. */
  readonly groupName: string
  /** Name of the launch template, or the name that a new one gets. */
  readonly templateName: string
  /** The pool's group, whoever owns it; absent when there is none. */
  readonly group?: AutoScalingGroup
  readonly template?: TemplateView
  /** Lifecycle hooks of the group, as last read. */
  readonly hooks: readonly LifecycleHook[]
  /** Names that were taken by somebody else, so that the pool uses others (R2). */
  readonly takenNames: readonly { readonly kind: 'AutoScalingGroup' | 'LaunchTemplate'; readonly name: string }[]
}

/** New instances are made from it. */
export function currentVersion(template: TemplateView | undefined): TemplateVersion | undefined {
  return template?.versions.find(({ version }) => version === template.latestVersion)
}

/** Id of a version in the contract's sense. */
export function templateVersionId(templateId: string, version: number | string): string {
  return `${templateId}:${version}`
}

/** The version that a group refers to, a number or `$Latest`, whether it has one instance type or several. */
export function referredVersion(group: AutoScalingGroup | undefined): string | undefined {
  const { LaunchTemplate, MixedInstancesPolicy } = group ?? {}
  return (LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification)?.Version
}
