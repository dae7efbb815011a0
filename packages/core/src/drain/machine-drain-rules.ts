import type { KubeObject, LabelSelector, Resource } from '@machinepool/kube'

import { matchesSelector } from './label-selector.ts'

/** https://cluster-api.sigs.k8s.io/tasks/automated-machine-management/machine_deletions (MachineDrainRule). */
export interface MachineDrainRule extends KubeObject {
  spec: {
    drain: { behavior: 'Drain' | 'Skip' | 'WaitCompleted'; order?: number }
    machines?: readonly { selector?: LabelSelector; clusterSelector?: LabelSelector }[]
    pods?: readonly { selector?: LabelSelector; namespaceSelector?: LabelSelector }[]
  }
}

export const machineDrainRules: Resource<MachineDrainRule> = {
  group: 'cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'MachineDrainRule',
  plural: 'machinedrainrules',
  namespaced: true,
}

export type Labels = Readonly<Record<string, string>>

/** Rules for machines of these labels, in the order in which they are tried: by name, the first that fits a pod counts. */
export function rulesForMachine(
  rules: readonly MachineDrainRule[],
  machineLabels: Labels,
  clusterLabels: Labels,
): readonly MachineDrainRule[] {
  const fits = ({ spec: { machines } }: MachineDrainRule) =>
    machines === undefined ||
    machines.length === 0 ||
    machines.some(
      ({ selector, clusterSelector }) =>
        (selector === undefined || matchesSelector(selector, machineLabels)) &&
        (clusterSelector === undefined || matchesSelector(clusterSelector, clusterLabels)),
    )
  return rules.filter(fits).toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
}

export function ruleForPod(
  rules: readonly MachineDrainRule[],
  podLabels: Labels,
  namespaceLabels: Labels,
): MachineDrainRule | undefined {
  return rules.find(
    ({ spec: { pods } }) =>
      pods === undefined ||
      pods.length === 0 ||
      pods.some(
        ({ selector, namespaceSelector }) =>
          (selector === undefined || matchesSelector(selector, podLabels)) &&
          (namespaceSelector === undefined || matchesSelector(namespaceSelector, namespaceLabels)),
      ),
  )
}

/** Rules that ask about namespaces cost a list of them. */
export function askAboutNamespaces(rules: readonly MachineDrainRule[]): boolean {
  return rules.some(({ spec }) => spec.pods?.some(({ namespaceSelector }) => namespaceSelector !== undefined) ?? false)
}
