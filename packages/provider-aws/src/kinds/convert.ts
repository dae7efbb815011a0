import {
  ConversionError,
  fromStored,
  parseApiVersion,
  toStored,
  type Body,
  type Conversion,
  type ConvertOptions,
  type UnknownApiObject,
} from '@machinepool/api'

import { awsMachinePoolKind } from './aws-machine-pool.ts'

/**
 * An AWSMachinePool in another version of its kind; nothing is lost on the way. Objects of other kinds are returned as
 * they are but for the apiVersion, because their versions are alike.
 *
 * @throws ConversionError when the version does not exist, or a subnet is neither an id nor an object
 */
export function convertAwsObject(
  object: UnknownApiObject,
  toApiVersion: string,
  _options: ConvertOptions = {},
): UnknownApiObject {
  if (object.apiVersion === toApiVersion) return object
  const from = parseApiVersion(object.apiVersion)
  const to = parseApiVersion(toApiVersion)
  if (from.group !== to.group) {
    throw new ConversionError('apiVersion', `cannot convert ${object.apiVersion} to another group, ${toApiVersion}`)
  }
  if (object.kind !== awsMachinePoolKind.kind) return { ...object, apiVersion: toApiVersion }
  for (const version of [from.version, to.version]) {
    if (version in awsMachinePoolKind.versions) continue
    throw new ConversionError('apiVersion', `AWSMachinePool has no version ${version}; it has v1beta2, v1beta1`)
  }
  const context = { versionOf: () => 'v1beta2' }
  return to.version === awsMachinePoolKind.storageVersion
    ? toStored(object, toApiVersion, conversion, context)
    : fromStored(object, toApiVersion, conversion, context)
}

type JsonObject = NonNullable<Body['spec']>

/** AWSMachinePool v1beta1 <-> v1beta2: the same names; v1beta1 has fewer of them. */
const conversion: Conversion = {
  up(body) {
    const { spec } = body
    if (spec === undefined || !Array.isArray(spec['subnets'])) return body
    return { ...body, spec: { ...spec, subnets: spec['subnets'].map(subnetUp) } }
  },
  down(body) {
    const { spec, status } = body
    return {
      ...(spec === undefined ? {} : { spec: specDown(spec) }),
      ...(status === undefined ? {} : { status: without(status, ['infrastructureMachineKind', 'initialization']) }),
    }
  },
}

/** The documented samples write `subnets: [subnet-123]`. */
function subnetUp(subnet: unknown, index: number): unknown {
  if (typeof subnet === 'string') return { id: subnet }
  if (!isObject(subnet)) {
    throw new ConversionError(`spec.subnets[${index}]`, 'must be the id of a subnet, or an object with id or filters')
  }
  const unknown = Object.keys(subnet).find((key) => key !== 'id' && key !== 'filters')
  if (unknown === undefined) return subnet
  throw new ConversionError(`spec.subnets[${index}].${unknown}`, 'there is no such field; a subnet has id or filters')
}

/** Fields that v1beta1 does not have. */
const newInSpec = [
  'availabilityZoneSubnetType',
  'defaultInstanceWarmup',
  'suspendProcesses',
  'ignition',
  'lifecycleHooks',
  'region',
  'strategy',
  'imageUpdatePolicy',
  'healthCheckType',
  'healthCheckGracePeriod',
  'maxInstanceLifetime',
  'terminationPolicies',
  'newInstancesProtectedFromScaleIn',
  'targetGroupARNs',
  'instanceMaintenancePolicy',
] as const
const newInTemplate = [
  'nonRootVolumes',
  'instanceMetadataOptions',
  'enclaveOptions',
  'privateDnsName',
  'capacityReservationId',
  'capacityReservationPreference',
  'marketType',
] as const
const newInRefreshPreferences = ['disable', 'maxHealthyPercentage', 'skipMatching', 'autoRollback'] as const

function specDown(spec: JsonObject): JsonObject {
  const result = without(spec, newInSpec)
  const { awsLaunchTemplate: template, refreshPreferences: preferences, mixedInstancesPolicy: policy } = result
  return {
    ...result,
    ...(isObject(template) ? { awsLaunchTemplate: without(template, newInTemplate) } : {}),
    ...(isObject(preferences) ? { refreshPreferences: without(preferences, newInRefreshPreferences) } : {}),
    ...(isObject(policy) ? { mixedInstancesPolicy: policyDown(policy) } : {}),
  }
}

const strategies: Readonly<Record<string, readonly string[]>> = {
  onDemandAllocationStrategy: ['prioritized'],
  spotAllocationStrategy: ['lowest-price', 'capacity-optimized'],
}

/** Strategies that v1beta1 has no word for stay out; they come back from the annotation. */
function policyDown(policy: JsonObject): JsonObject {
  const { instancesDistribution: distribution, overrides } = policy
  return {
    ...policy,
    ...(isObject(distribution)
      ? {
          instancesDistribution: Object.fromEntries(
            Object.entries(distribution).filter(([key, value]) => strategies[key]?.includes(String(value)) ?? true),
          ),
        }
      : {}),
    ...(Array.isArray(overrides)
      ? { overrides: overrides.map((item) => (isObject(item) ? without(item, ['weightedCapacity']) : item)) }
      : {}),
  }
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
