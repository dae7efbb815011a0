import type { AWSLaunchTemplateSpec } from '../kinds/aws-machine-pool-schema.ts'

type LookupType = NonNullable<NonNullable<AWSLaunchTemplateSpec['ami']>['eksLookupType']>

/**
 * SSM parameter of the recommended EKS-optimised image.
 * https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
 */
export function eksParameterName(version: string, type: LookupType | undefined, architecture: string): string {
  const minor = /^\d+\.\d+/.exec(version)?.[0] ?? version
  return `/aws/service/eks/optimized-ami/${minor}/${variant(type ?? 'AmazonLinux', architecture)}/recommended/image_id`
}

function variant(type: LookupType, architecture: string): string {
  const arm = architecture === 'arm64'
  switch (type) {
    case 'AmazonLinux':
      return arm ? 'amazon-linux-2-arm64' : 'amazon-linux-2'
    case 'AmazonLinuxGPU':
      return 'amazon-linux-2-gpu'
    case 'AmazonLinux2023':
      return `amazon-linux-2023/${arm ? 'arm64' : 'x86_64'}/standard`
    case 'AmazonLinux2023GPU':
      return 'amazon-linux-2023/x86_64/nvidia'
  }
}
