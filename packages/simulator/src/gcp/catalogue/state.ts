export interface GcpHealthCheck {
  /** `global/healthChecks/name`. */
  readonly path: string
  readonly id: string
  readonly created: number
  /** As the caller described it. */
  readonly body: Readonly<Record<string, unknown>>
}
