import type { AutoScalingGroup, UpdateAutoScalingGroupType } from '@aws-sdk/client-auto-scaling'
import { canonicalJson, type JsonValue } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

type GroupSettings = Omit<UpdateAutoScalingGroupType, 'AutoScalingGroupName'>

/**
 * Settings that a spec may leave open, with what AWS has when nobody sets them. A setting that left the spec goes back to
 * it; one that others made and the spec never named stays.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
 */
const defaults = {
  HealthCheckType: 'EC2',
  HealthCheckGracePeriod: 0,
  MaxInstanceLifetime: 0,
  TerminationPolicies: ['Default'],
  NewInstancesProtectedFromScaleIn: false,
  // -1 takes the policy away.
  InstanceMaintenancePolicy: { MinHealthyPercentage: -1, MaxHealthyPercentage: -1 },
} as const satisfies GroupSettings

export type OptionalSetting = keyof typeof defaults

const fields = {
  HealthCheckType: 'healthCheckType',
  HealthCheckGracePeriod: 'healthCheckGracePeriod',
  MaxInstanceLifetime: 'maxInstanceLifetime',
  TerminationPolicies: 'terminationPolicies',
  NewInstancesProtectedFromScaleIn: 'newInstancesProtectedFromScaleIn',
  InstanceMaintenancePolicy: 'instanceMaintenancePolicy',
} as const satisfies Record<OptionalSetting, keyof AWSMachinePoolSpec>

const settings = Object.keys(defaults) as readonly OptionalSetting[]

/** What AWS has of a setting when a group answers nothing for it. */
export function defaultOf(setting: keyof GroupSettings): unknown {
  return (defaults as GroupSettings)[setting]
}

/** The optional settings that the spec names. PURE. */
export function namedSettings(spec: AWSMachinePoolSpec): ReadonlySet<OptionalSetting> {
  return new Set(settings.filter((setting) => spec[fields[setting]] !== undefined))
}

/** The optional settings that a group has in another way than by default. PURE. */
export function changedSettings(group: AutoScalingGroup): ReadonlySet<OptionalSetting> {
  return new Set(settings.filter((setting) => canonicalJson(live(group, setting)) !== canonicalJson(defaults[setting])))
}

function live(group: AutoScalingGroup, setting: OptionalSetting): JsonValue {
  return (group[setting] ?? defaults[setting]) as JsonValue
}

/** The defaults of settings that came from the spec and left it. PURE. */
export function unsetSettings(own: ReadonlySet<string>, spec: AWSMachinePoolSpec): GroupSettings {
  const named = namedSettings(spec)
  const left = settings.filter((setting) => own.has(setting) && !named.has(setting))
  return Object.fromEntries(left.map((setting) => [setting, defaults[setting]]))
}
