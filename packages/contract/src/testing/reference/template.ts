import type { FieldChange } from '../../actions.ts'
import type { Desired } from '../../desired.ts'
import type { Observation, Resolved } from '../../observation.ts'
import type { BootstrapData, PoolRef } from '../../pool.ts'
import { revision } from '../../revision.ts'
import type { CloudTemplate } from '../memory-cloud/state.ts'
import type { ReferenceGroup } from './group.ts'
import type { ReferenceSpec } from './spec.ts'

export const revisionScheme = '1'

/** Everything that requires replacing an instance, and nothing else: no tags, no sizes, no bootstrap content (R14, R15). */
export function revisionOfPool(
  pool: PoolRef<ReferenceSpec>,
  resolved: Resolved,
  bootstrap: BootstrapData | undefined,
): string {
  return revision(revisionScheme, {
    image: resolved.inputs['image'] ?? null,
    instanceType: pool.spec.instanceType,
    bootstrapSecret: bootstrap?.secretName ?? null,
    // Set only when the owner opted in to replacing instances for new content.
    bootstrapRevision: bootstrap?.revision,
  })
}

export function currentTemplate(observed: Observation<ReferenceGroup>): CloudTemplate | undefined {
  const view = observed.group
  return view?.templates.find(({ id }) => id === view.group.template)
}

/** The fields of a template that we set, compared with the wish. */
export function templateChanges(
  desired: Desired<ReferenceSpec>,
  live: CloudTemplate | undefined,
): readonly FieldChange[] {
  const image = desired.resolved.inputs['image']
  const changes: FieldChange[] = []
  if (live?.image !== image && image !== undefined) {
    changes.push({ field: 'spec.image', ...(live ? { from: live.image } : {}), to: image })
  }
  const { instanceType } = desired.pool.spec
  if (live?.instanceType !== instanceType) {
    changes.push({ field: 'spec.instanceType', ...(live ? { from: live.instanceType } : {}), to: instanceType })
  }
  return changes
}
