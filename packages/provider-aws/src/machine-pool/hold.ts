import type { LifecycleHook, LifecycleHookSpecification } from '@aws-sdk/client-auto-scaling'

import { holdHeartbeatSeconds } from './capabilities.ts'

/** Name of our hook. Hooks of other names belong to others and are never touched. */
export const holdHookName = 'machinepool-drain'

/**
 * The hook that makes terminations wait for the drain (R12). CONTINUE: when nobody drains, the termination goes on, as
 * it would without us; ABANDON would say the same for a termination and mislead the reader.
 */
export const holdHook: LifecycleHookSpecification = {
  LifecycleHookName: holdHookName,
  LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  HeartbeatTimeout: holdHeartbeatSeconds,
  DefaultResult: 'CONTINUE',
}

/** Our hook is there and as it should be. */
export function holdIsSet(hooks: readonly LifecycleHook[]): boolean {
  const hook = hooks.find(({ LifecycleHookName }) => LifecycleHookName === holdHookName)
  return (
    hook !== undefined &&
    hook.LifecycleTransition === holdHook.LifecycleTransition &&
    hook.HeartbeatTimeout === holdHook.HeartbeatTimeout &&
    hook.DefaultResult === holdHook.DefaultResult
  )
}

/** Our hook is there in whatever form. */
export function holdExists(hooks: readonly LifecycleHook[]): boolean {
  return hooks.some(({ LifecycleHookName }) => LifecycleHookName === holdHookName)
}
