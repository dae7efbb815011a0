import { ConversionError, createConverter, type Body, type Conversion, type Convert } from '@machinepool/api'

import { awsMachinePoolKind } from './aws-machine-pool.ts'

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

/**
 * Converts AWSMachinePools between their versions; nothing is lost on the way. Versions of the other AWS kinds are alike.
 * A subnet that is neither an id nor an object is a `ConversionError`.
 */
export const convertAwsObject: Convert = createConverter([
  { kind: awsMachinePoolKind, versions: { v1beta1: conversion } },
])
