import { gzipSync } from 'node:zlib'

import { ProviderError } from '@machinepool/contract'

/** EC2's limit for user data, before base64. */
const maximumBytes = 16_384

/**
 * Bootstrap data as EC2 takes it, in base64. Compressed only when it would not fit otherwise: cloud-init unpacks gzip
 * (https://cloudinit.readthedocs.io/en/latest/explanation/format/gzip.html), and people read plain data more easily.
 * @throws `InvalidSpec` when it does not fit
 */
export function encodeUserData(data: string, canBeCompressed: boolean): string {
  const raw = Buffer.from(data, 'utf8')
  if (raw.length <= maximumBytes) return raw.toString('base64')
  const packed = canBeCompressed ? gzipSync(raw, { level: 9 }) : raw
  if (packed.length <= maximumBytes) return packed.toString('base64')
  const how = canBeCompressed ? `${raw.length} bytes, ${packed.length} compressed` : `${raw.length} bytes`
  throw new ProviderError({
    code: 'InvalidSpec',
    reason: 'UserDataTooLarge',
    field: 'bootstrap.dataSecretName',
    message: `The bootstrap data has ${how}; EC2 allows ${maximumBytes}. Make files smaller, fetch them from elsewhere, or use Ignition with an S3 bucket.`,
  })
}

/** cloud-init knows gzip; Ignition does not. Told apart by the data, because the format is the bootstrap provider's word. */
export function isIgnition(data: string): boolean {
  return data.trimStart().startsWith('{')
}
