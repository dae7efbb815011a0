import type { KubeObject } from '@machinepool/kube'

/** Writes Kubernetes Events. Never throws and never blocks; repeated events are folded into a count. */
export interface EventRecorder {
  event(regarding: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void
}
