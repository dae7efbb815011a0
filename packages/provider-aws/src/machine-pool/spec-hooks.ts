import type { LifecycleHookSpecification } from '@aws-sdk/client-auto-scaling'
import { parseDuration } from '@machinepool/api'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

/** AWS's defaults, said explicitly so that a comparison never depends on them. */
export const defaultTimeout = 3_600
export const defaultResult = 'ABANDON'

/** The hooks of the spec as AWS takes them. PURE. */
export function specHooks(
  spec: AWSMachinePoolSpec,
): readonly (LifecycleHookSpecification & { LifecycleHookName: string })[] {
  return (spec.lifecycleHooks ?? []).map((hook) => ({
    LifecycleHookName: hook.name,
    LifecycleTransition: hook.lifecycleTransition,
    HeartbeatTimeout: parseDuration(hook.heartbeatTimeout ?? '') ?? defaultTimeout,
    DefaultResult: hook.defaultResult ?? defaultResult,
    ...(hook.notificationTargetARN === undefined ? {} : { NotificationTargetARN: hook.notificationTargetARN }),
    ...(hook.roleARN === undefined ? {} : { RoleARN: hook.roleARN }),
    ...(hook.notificationMetadata === undefined ? {} : { NotificationMetadata: hook.notificationMetadata }),
  }))
}
