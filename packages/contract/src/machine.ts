import type { JsonObject } from './json.ts'

/** What a provider says in the machine object of one instance, for pools whose kind has a `machineKind`. */
export interface MachineObject {
  /**
   * The machine's spec as it is created; `providerID` is the engine's. Written once: a machine describes an instance that
   * exists, and most kinds refuse changes.
   */
  readonly spec: JsonObject
  /** Its whole status but for the conditions; kept up to date. Field by field: what is absent here is left alone. */
  readonly status: JsonObject
  /** Besides Cluster API's own labels, which are the engine's. */
  readonly labels?: Readonly<Record<string, string>>
}
