import type { FieldChange, JsonObject, JsonValue } from '@machinepool/contract'
import { canonicalJson } from '@machinepool/contract'
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2'
import { plainJson } from '@machinepool/provider-kit'

import type { TemplateVersion } from './group-view.ts'
import { launchTemplateData } from './launch-template.ts'
import type { AwsDesired } from './aws-desired.ts'
import { readInputs } from './resolved-inputs.ts'
import { bootstrapSecretTag } from './tags.ts'

/** The user's word for each part of the template that replaces instances when it changes. */
const fieldOf = {
  ImageId: 'spec.awsLaunchTemplate.ami',
  InstanceType: 'spec.awsLaunchTemplate.instanceType',
  KeyName: 'spec.awsLaunchTemplate.sshKeyName',
  IamInstanceProfile: 'spec.awsLaunchTemplate.iamInstanceProfile',
  SecurityGroupIds: 'spec.awsLaunchTemplate.additionalSecurityGroups',
  BlockDeviceMappings: 'spec.awsLaunchTemplate.rootVolume',
  InstanceMarketOptions: 'spec.awsLaunchTemplate.spotMarketOptions',
  MetadataOptions: 'spec.awsLaunchTemplate.instanceMetadataOptions',
  EnclaveOptions: 'spec.awsLaunchTemplate.enclaveOptions',
  PrivateDnsNameOptions: 'spec.awsLaunchTemplate.privateDnsName',
  CapacityReservationSpecification: 'spec.awsLaunchTemplate.capacityReservationId',
  Placement: 'spec.awsLaunchTemplate.placementGroupName',
  NetworkInterfaces: 'spec.awsLaunchTemplate.networkInterfaces',
} as const satisfies Partial<Record<keyof RequestLaunchTemplateData, string>>

/** Differences between a live version and what is wanted, whoever made the version. PURE. */
export function templateDrift(desired: AwsDesired, live: TemplateVersion): readonly FieldChange[] {
  const wanted = plainJson(launchTemplateData(desired.pool, readInputs(desired.resolved), desired.bootstrap))
  const found = plainJson(live.data)
  const changes: FieldChange[] = []
  for (const [member, field] of Object.entries(fieldOf)) {
    const to = normal(member, wanted[member])
    const from = normal(member, found[member])
    if (same(from, to)) continue
    changes.push({ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  }
  const secret = secretChange(desired, live)
  return secret === undefined ? changes : [...changes, secret]
}

/** Upstream's rule: another Secret name counts, where the old version carries one. */
function secretChange(desired: AwsDesired, live: TemplateVersion): FieldChange | undefined {
  const from = live.data.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags?.find(
    ({ Key }) => Key === bootstrapSecretTag,
  )?.Value
  const to = desired.bootstrap?.secretName
  if (from === undefined || to === undefined || from === to) return undefined
  return { field: 'bootstrap.dataSecretName', from, to }
}

/** EC2 leaves out what is off, and gives lists in any order. */
function normal(member: string, value: JsonValue | undefined): JsonValue | undefined {
  if (member === 'SecurityGroupIds' && Array.isArray(value)) return value.map(String).toSorted()
  if ((member === 'BlockDeviceMappings' || member === 'NetworkInterfaces') && Array.isArray(value))
    return value.map((item) => withoutFalse(item as JsonObject) ?? {})
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return withoutFalse(value)
}

function withoutFalse(value: JsonObject): JsonObject | undefined {
  const entries = Object.entries(value)
    .map(([key, item]): [string, JsonValue | undefined] => [
      key,
      typeof item === 'object' && item !== null && !Array.isArray(item) ? withoutFalse(item) : item,
    ])
    .filter(([, item]) => item !== undefined && item !== false && item !== null)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return canonicalJson(a) === canonicalJson(b)
}
