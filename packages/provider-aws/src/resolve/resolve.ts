import type { Io, Notice, Observation, PoolRef, Resolved } from '@machinepool/contract'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup } from '../machine-pool/group-view.ts'
import { ignitionBucket, wantsObjectStore } from '../machine-pool/ignition.ts'
import { spotNotices } from '../machine-pool/spot.ts'
import { toJson } from '../machine-pool/resolved-inputs.ts'
import { enclaveProblems } from './enclaves.ts'
import { resolveImage, type ImageAnswer } from './image.ts'
import type { Lookups } from './lookups.ts'
import { resolveSecurityGroups } from './security-groups.ts'
import { resolveSubnets } from './subnets.ts'

/** Answers the spec's open questions, each of them once per TTL for all pools that ask it. */
export async function resolve(
  pool: PoolRef<AWSMachinePoolSpec>,
  observed: Observation<AwsGroup>,
  session: AwsSession,
  lookups: Lookups,
  io: Io,
): Promise<Resolved> {
  const [image, subnets, securityGroups] = await Promise.all([
    resolveImage(pool, observed.group, session, lookups, io.signal),
    resolveSubnets(pool, session, lookups, io.signal),
    resolveSecurityGroups(pool, session, lookups, io.signal),
  ])
  const rootDeviceName = await resolveRootDevice(pool, image, session, lookups, io)
  return {
    inputs: toJson({
      ...(image.imageId === undefined ? {} : { imageId: image.imageId }),
      imageKey: image.imageKey,
      ...(image.newerImageId === undefined ? {} : { newerImageId: image.newerImageId }),
      ...(rootDeviceName === undefined ? {} : { rootDeviceName }),
      subnetIds: subnets.subnetIds,
      availabilityZones: subnets.availabilityZones,
      securityGroupIds: securityGroups.securityGroupIds,
    }),
    problems: [
      ...image.problems,
      ...subnets.problems,
      ...securityGroups.problems,
      ...missingBucket(pool),
      ...enclaveProblems(pool),
    ],
    notices: [...newerImage(image), ...weightNotice(pool.spec), ...spotNotices(observed)],
  }
}

/** Without the bucket the data would go into the user data, which the pool does not want. PURE. */
function missingBucket(pool: PoolRef<AWSMachinePoolSpec>): Resolved['problems'] {
  if (!wantsObjectStore(pool.spec) || ignitionBucket(pool) !== undefined) return []
  return [
    {
      code: 'InvalidSpec',
      reason: 'IgnitionBucketMissing',
      message:
        'The cluster has no bucket for Ignition data: set spec.s3Bucket.name on the AWSCluster, or spec.ignition.storageType of the pool to UnencryptedUserData.',
    },
  ]
}

/** A newly published image, while the pool stays with the one it has (`imageUpdatePolicy: Manual`). */
function newerImage({ imageId, newerImageId }: ImageAnswer): readonly Notice[] {
  if (newerImageId === undefined) return []
  const message = `Image ${newerImageId} is newer than ${imageId ?? 'the one in use'}; set spec.imageUpdatePolicy to Automatic, or spec.awsLaunchTemplate.ami.id, to roll it out.`
  return [{ reason: 'NewerImage', message }]
}

function weightNotice({ mixedInstancesPolicy }: AWSMachinePoolSpec): readonly Notice[] {
  const weighted = mixedInstancesPolicy?.overrides?.some(({ weightedCapacity = 1 }) => weightedCapacity > 1) ?? false
  const message = 'Instance types have weights: replicas, minSize and maxSize count units of capacity, not instances.'
  return weighted ? [{ reason: 'WeightedCapacity', message }] : []
}

/** EC2 knows the root volume by the image's own name for it. */
async function resolveRootDevice(
  pool: PoolRef<AWSMachinePoolSpec>,
  { imageId }: ImageAnswer,
  session: AwsSession,
  lookups: Lookups,
  io: Io,
): Promise<string | undefined> {
  const { rootVolume } = pool.spec.awsLaunchTemplate
  if (rootVolume === undefined || rootVolume.deviceName || imageId === undefined) return undefined
  const image = await lookups.image(session, imageId, io.signal)
  return image?.RootDeviceName ?? '/dev/sda1'
}
