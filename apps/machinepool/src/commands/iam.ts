import { cloudNamed } from '../clouds/clouds.ts'
import type { Context } from '../context.ts'

export interface IamOptions {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition?: string
}

/** `machinepool iam CLOUD`: the least the provider needs, in the cloud's own form. */
export function iam(cloud: string, options: IamOptions, context: Context): number {
  context.out.write(`${JSON.stringify(cloudNamed(cloud).permissions(options), undefined, 2)}\n`)
  return 0
}
