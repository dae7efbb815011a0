import { iamPolicy } from '@machinepool/provider-aws'

import type { Context } from '../context.ts'

export interface IamOptions {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition?: string
}

/** `machinepool iam aws`: the least the provider needs, as a policy document. */
export function iam(cloud: 'aws', options: IamOptions, context: Context): number {
  const documents = { aws: () => iamPolicy(options.partition === undefined ? {} : { partition: options.partition }) }
  context.out.write(`${JSON.stringify(documents[cloud](), undefined, 2)}\n`)
  return 0
}
