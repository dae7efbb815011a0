import type { AwsProviderOptions } from '@machinepool/provider-aws'
import type { MemoryApi } from '@machinepool/runtime/testing'

/** What a process writes to. */
export type Where = 'cloud' | 'management' | 'workload'

/** One process of a rig, as far as it can end. */
export interface Life {
  /** Nothing it sends arrives any more. */
  readonly ended: boolean
  /** How its SDK sends HTTP; `undefined`: as usual. */
  readonly handler: AwsProviderOptions['requestHandler'] | undefined
  /** Its view of an API. */
  api(api: MemoryApi, where: Where): MemoryApi
}

/** Where the lives of a rig's processes come from. */
export interface Lifeline {
  /** The next process. */
  begin(): Life
}

/** Processes that never end. */
export const undying: Lifeline = {
  begin: () => ({ ended: false, handler: undefined, api: (api) => api }),
}
