import { defineKind, type ObjectOf, type PrinterColumn } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import { labelSelector } from '../toolkit/shapes.ts'
import { clusterGroup, coreContractLabels } from './group.ts'

const uniqueRule = (field: string): s.ValidationRule => ({
  rule: 'self.all(x, self.exists_one(y, x == y))',
  message: `${field} must not repeat an entry`,
})

const machineDrainRule = s.object('How pods are treated when Machines are drained.', {
  spec: s.object('The rule.', {
    drain: s.object('What happens to the pods.', {
      behavior: s.oneOf('Drain: evict; Skip: leave alone; WaitCompleted: wait until they end.', [
        'Drain',
        'Skip',
        'WaitCompleted',
      ]),
      order: s.optional(s.int32('Pods of a lower order are drained first; 0 when absent.')),
    }),
    machines: s.optional(
      s.atomicList(
        'Machines that the rule is for; absent: all.',
        s.object(
          'Machines that match every selector given.',
          {
            selector: s.optional(labelSelector('Selects Machines by their labels.')),
            clusterSelector: s.optional(labelSelector('Selects Machines by the labels of their Cluster.')),
          },
          { minProperties: 1 },
        ),
        { minItems: 1, maxItems: 32, rules: [uniqueRule('machines')] },
      ),
    ),
    pods: s.optional(
      s.atomicList(
        'Pods that the rule is for; absent: all.',
        s.object(
          'Pods that match every selector given.',
          {
            selector: s.optional(labelSelector('Selects pods by their labels.')),
            namespaceSelector: s.optional(labelSelector('Selects pods by the labels of their namespace.')),
          },
          { minProperties: 1 },
        ),
        { minItems: 1, maxItems: 32, rules: [uniqueRule('pods')] },
      ),
    ),
  }),
})

const printerColumns: readonly PrinterColumn[] = [
  { name: 'Behavior', type: 'string', jsonPath: '.spec.drain.behavior', description: 'What happens to the pods' },
  { name: 'Order', type: 'string', jsonPath: '.spec.drain.order', description: 'Lower orders are drained first' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' },
]

/** Both versions have the same fields. */
export const machineDrainRuleKind = defineKind({
  group: clusterGroup,
  kind: 'MachineDrainRule',
  categories: ['cluster-api'],
  labels: coreContractLabels,
  versions: {
    v1beta1: { schema: machineDrainRule, deprecated: true, metadataRequired: true, printerColumns },
    v1beta2: { schema: machineDrainRule, storage: true, metadataRequired: true, printerColumns },
  },
})

export type MachineDrainRule = ObjectOf<typeof machineDrainRule>
