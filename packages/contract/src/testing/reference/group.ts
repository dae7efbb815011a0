import type { CloudGroup, CloudTemplate } from '../memory-cloud/state.ts'

/** The provider's own view, for `plan` and `report`. */
export interface ReferenceGroup {
  readonly group: CloudGroup
  /** Every template of this pool, and the one the group uses even when it is somebody else's. */
  readonly templates: readonly CloudTemplate[]
}
