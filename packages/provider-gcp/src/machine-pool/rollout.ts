import type { CloudRollout, Instance } from '@machinepool/contract'

import type { GcpObservation } from './pool-state.ts'
import { revisionOf, templateNameOf } from './current-template.ts'
import type { GcpGroup } from './group-view.ts'

/** Google replaces instances at this moment. */
export function isRolling(observed: Pick<GcpObservation, 'rollout'>): boolean {
  return observed.rollout?.state === 'InProgress'
}

/** A group that is told to be proactive replaces instances until all are of the current template. PURE. */
export function cloudRollout(
  { group, templates }: Pick<GcpGroup, 'group' | 'templates'>,
  instances: readonly Instance[],
): CloudRollout | undefined {
  const name = templateNameOf(group)
  if (group?.updatePolicy?.type !== 'PROACTIVE' || name === undefined) return undefined
  const revision = revisionOf(name, templates)
  const done = instances.filter(({ templateId }) => templateId === name).length
  return {
    id: name,
    state: group.status?.versionTarget?.isReached === true ? 'Successful' : 'InProgress',
    ...(instances.length === 0 ? {} : { percent: Math.floor((done / instances.length) * 100) }),
    ...(revision === undefined ? {} : { revision }),
  }
}
