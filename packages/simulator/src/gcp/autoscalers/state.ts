export interface GcpAutoscaler {
  /** `zones/z/autoscalers/name` or `regions/r/autoscalers/name`. */
  readonly path: string
  readonly name: string
  readonly id: string
  readonly created: number
  /** Path of the group. */
  readonly target: string
  readonly description?: string
  readonly policy: {
    readonly minNumReplicas?: number
    readonly maxNumReplicas: number
    readonly mode?: string
    readonly [more: string]: unknown
  }
}
