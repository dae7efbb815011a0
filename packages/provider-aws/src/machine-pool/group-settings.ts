import type {
  AutoScalingGroup,
  InstancesDistribution,
  LaunchTemplateOverrides,
  LaunchTemplateSpecification,
  MixedInstancesPolicy,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling'
import { parseDuration } from '@machinepool/api'
import { ProviderError, type FieldChange, type JsonValue } from '@machinepool/contract'
import { plainJson } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { instanceRequirements, sameRequirements } from './instance-requirements.ts'
import type { ResolvedInputs } from './resolved-inputs.ts'
import { defaultOf } from './unset-settings.ts'

/** Settings of a group that can be changed in place. All that the spec says, nothing that it leaves open. */
export type GroupSettings = Omit<UpdateAutoScalingGroupType, 'AutoScalingGroupName' | 'DesiredCapacity'>

/** Upstream's defaulting webhook writes the same into specs that leave it open. */
const defaultSeconds = 300

/** PURE. @throws `InvalidSpec` for a duration that is none */
export function groupSettings(
  spec: AWSMachinePoolSpec,
  inputs: ResolvedInputs,
  template: LaunchTemplateSpecification,
): GroupSettings {
  return {
    MinSize: spec.minSize,
    MaxSize: spec.maxSize,
    ...placement(inputs),
    ...instances(spec, template),
    CapacityRebalance: spec.capacityRebalance ?? false,
    DefaultCooldown: seconds(spec.defaultCoolDown, 'spec.defaultCoolDown') || defaultSeconds,
    DefaultInstanceWarmup: seconds(spec.defaultInstanceWarmup, 'spec.defaultInstanceWarmup') || defaultSeconds,
    HealthCheckType: spec.healthCheckType,
    HealthCheckGracePeriod: seconds(spec.healthCheckGracePeriod, 'spec.healthCheckGracePeriod'),
    MaxInstanceLifetime: seconds(spec.maxInstanceLifetime, 'spec.maxInstanceLifetime'),
    TerminationPolicies: spec.terminationPolicies,
    NewInstancesProtectedFromScaleIn: spec.newInstancesProtectedFromScaleIn,
    InstanceMaintenancePolicy:
      spec.instanceMaintenancePolicy === undefined
        ? undefined
        : {
            MinHealthyPercentage: spec.instanceMaintenancePolicy.minHealthyPercentage,
            MaxHealthyPercentage: spec.instanceMaintenancePolicy.maxHealthyPercentage,
          },
  }
}

function placement(inputs: ResolvedInputs): Pick<GroupSettings, 'VPCZoneIdentifier' | 'AvailabilityZones'> {
  if (inputs.subnetIds.length > 0) return { VPCZoneIdentifier: [...inputs.subnetIds].toSorted().join(',') }
  if (inputs.availabilityZones.length > 0) return { AvailabilityZones: [...inputs.availabilityZones].toSorted() }
  return {}
}

function instances(
  spec: AWSMachinePoolSpec,
  template: LaunchTemplateSpecification,
): Pick<GroupSettings, 'LaunchTemplate' | 'MixedInstancesPolicy'> {
  const policy = spec.mixedInstancesPolicy
  if (policy === undefined) return { LaunchTemplate: template }
  const distribution = policy.instancesDistribution
  return {
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: template,
        Overrides: policy.overrides?.map((override) => ({
          InstanceType: override.instanceType,
          InstanceRequirements:
            override.instanceRequirements === undefined
              ? undefined
              : instanceRequirements(override.instanceRequirements),
          WeightedCapacity: override.weightedCapacity === undefined ? undefined : String(override.weightedCapacity),
        })),
      },
      InstancesDistribution:
        distribution === undefined
          ? undefined
          : {
              OnDemandAllocationStrategy: distribution.onDemandAllocationStrategy ?? 'prioritized',
              OnDemandBaseCapacity: distribution.onDemandBaseCapacity ?? 0,
              OnDemandPercentageAboveBaseCapacity: distribution.onDemandPercentageAboveBaseCapacity ?? 100,
              SpotAllocationStrategy: distribution.spotAllocationStrategy ?? 'lowest-price',
            },
    },
  }
}

function seconds(duration: string | undefined, field: string): number | undefined {
  if (duration === undefined || duration === '') return undefined
  const value = parseDuration(duration)
  if (value !== undefined && value >= 0) return Math.round(value)
  throw new ProviderError({
    code: 'InvalidSpec',
    field,
    message: `${field} is "${duration}"; a duration such as 300s or 5m is needed.`,
  })
}

/** Differences between the live group and what is wanted, on the settings that are wanted. PURE. */
export function groupChanges(wanted: GroupSettings, live: AutoScalingGroup): readonly FieldChange[] {
  const changes = Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const setting = name as keyof GroupSettings
      const from = liveValue(setting, live)
      return sameSetting(setting, value, from) ? undefined : change(setting, value, from)
    })
  return changes.filter((item) => item !== undefined)
}

/** AWS keeps overrides that an update does not speak of: none at all are said by an empty list. */
export function withoutOverrides(settings: GroupSettings, live: AutoScalingGroup): GroupSettings {
  const { MixedInstancesPolicy: policy } = settings
  const keeps = (live.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []).length > 0
  if (policy === undefined || policy.LaunchTemplate?.Overrides !== undefined || !keeps) return settings
  return {
    ...settings,
    MixedInstancesPolicy: { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, Overrides: [] } },
  }
}

/** The part of the wanted settings that differs: an update sends nothing else. */
export function onlyChanged(wanted: GroupSettings, changes: readonly FieldChange[]): GroupSettings {
  const changed = new Set(changes.map(({ field }) => field))
  return Object.fromEntries(
    Object.entries(wanted).filter(([name]) => changed.has(fieldOf[name as keyof GroupSettings] ?? name)),
  )
}

/** The user's word for each setting. */
const fieldOf: Partial<Record<keyof GroupSettings, string>> = {
  MinSize: 'spec.minSize',
  MaxSize: 'spec.maxSize',
  VPCZoneIdentifier: 'spec.subnets',
  AvailabilityZones: 'spec.availabilityZones',
  LaunchTemplate: 'launchTemplate',
  MixedInstancesPolicy: 'spec.mixedInstancesPolicy',
  CapacityRebalance: 'spec.capacityRebalance',
  DefaultCooldown: 'spec.defaultCoolDown',
  DefaultInstanceWarmup: 'spec.defaultInstanceWarmup',
  HealthCheckType: 'spec.healthCheckType',
  HealthCheckGracePeriod: 'spec.healthCheckGracePeriod',
  MaxInstanceLifetime: 'spec.maxInstanceLifetime',
  TerminationPolicies: 'spec.terminationPolicies',
  NewInstancesProtectedFromScaleIn: 'spec.newInstancesProtectedFromScaleIn',
  InstanceMaintenancePolicy: 'spec.instanceMaintenancePolicy',
}

function change(setting: keyof GroupSettings, to: unknown, from: unknown): FieldChange {
  return {
    field: fieldOf[setting] ?? setting,
    ...(from === undefined ? {} : { from: json(from) }),
    to: json(to),
  }
}

function json(value: unknown): JsonValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? plainJson(value) : (value as JsonValue)
}

function liveValue(setting: keyof GroupSettings, live: AutoScalingGroup): unknown {
  // A group without the setting answers nothing where it means false.
  if (setting === 'CapacityRebalance') return live.CapacityRebalance ?? false
  return live[setting as keyof AutoScalingGroup] ?? defaultOf(setting)
}

function sameSetting(setting: keyof GroupSettings, wanted: unknown, live: unknown): boolean {
  if (setting === 'VPCZoneIdentifier') return sameSet(subnetList(wanted), subnetList(live))
  if (setting === 'AvailabilityZones') return sameSet(wanted as string[], (live as string[] | undefined) ?? [])
  if (setting === 'HealthCheckType') return sameSet(text(wanted).split(','), text(live).split(','))
  if (setting === 'LaunchTemplate') return sameTemplate(wanted as LaunchTemplateSpecification, live)
  if (setting === 'MixedInstancesPolicy') return samePolicy(wanted as MixedInstancesPolicy, live)
  return contains(live, wanted)
}

function sameTemplate(wanted: LaunchTemplateSpecification, live: unknown): boolean {
  const found = live as LaunchTemplateSpecification | undefined
  if (found?.Version !== wanted.Version) return false
  return wanted.LaunchTemplateId === undefined
    ? found?.LaunchTemplateName === wanted.LaunchTemplateName
    : found?.LaunchTemplateId === wanted.LaunchTemplateId
}

/** AWS fills in a whole distribution; what the spec leaves out is accepted as it is. */
function samePolicy(wanted: MixedInstancesPolicy, live: unknown): boolean {
  const found = live as MixedInstancesPolicy | undefined
  if (found === undefined) return false
  const template = wanted.LaunchTemplate!.LaunchTemplateSpecification!
  if (!sameTemplate(template, found.LaunchTemplate?.LaunchTemplateSpecification)) return false
  const wantedTypes = wanted.LaunchTemplate!.Overrides ?? []
  const liveTypes = found.LaunchTemplate?.Overrides ?? []
  if (wantedTypes.length !== liveTypes.length) return false
  // Their order is a priority.
  if (!wantedTypes.every((override, index) => sameOverride(override, liveTypes[index]!))) return false
  return contains(found.InstancesDistribution ?? ({} satisfies InstancesDistribution), wanted.InstancesDistribution)
}

/** Overrides are the spec's alone: what left the spec must go. */
function sameOverride(wanted: LaunchTemplateOverrides, live: LaunchTemplateOverrides): boolean {
  return (
    wanted.InstanceType === live.InstanceType &&
    wanted.WeightedCapacity === live.WeightedCapacity &&
    sameRequirements(wanted.InstanceRequirements, live.InstanceRequirements)
  )
}

/** Every member that is wanted is there; further members are not looked at. Lists must be equal. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => contains(live[index], item))
    )
  }
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  if (typeof live !== 'object' || live === null) return false
  return Object.entries(wanted).every(([key, value]) => contains((live as Record<string, unknown>)[key], value))
}

function subnetList(value: unknown): readonly string[] {
  return text(value)
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a)
  const right = new Set(b)
  return left.size === right.size && [...left].every((item) => right.has(item))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
